import { expect, test } from 'bun:test'
import { clock, turnClock } from '#core/clock'
import { closeDatabase } from '#core/database'
import { startJobs } from '#core/jobs'
import { eventually, useMarket } from '../support/market'

useMarket({ environment: { MODULES: 'web' } })

const everyMs = 5

test('a job runs again and again, with the time as it is', async () => {
  const times: number[] = []
  const stop = startJobs([{ name: 'tick', everyMs, run: async (now) => void times.push(now.getTime()) }])
  await eventually('two runs', async () => times.length >= 2)
  turnClock(3_600_000)
  const before = times.length
  await eventually('a run after the clock was turned', async () => times.length > before + 1)
  expect(Math.abs(times.at(-1)! - clock.nowMs())).toBeLessThan(60_000)
  await stop()
})

test('a run that fails is not the last, and keeps no other job from running', async () => {
  let failures = 0
  let others = 0
  const failing = async () => {
    failures++
    throw new Error('not today')
  }
  const stop = startJobs([
    { name: 'failing', everyMs, run: failing },
    { name: 'other', everyMs, run: async () => void others++ },
  ])
  await eventually('three failures beside three runs', async () => failures >= 3 && others >= 3)
  await stop()
})

test('a job never overtakes itself, and stopping waits for the run under way', async () => {
  let running = 0
  let most = 0
  let finish = () => {}
  const slow = async () => {
    most = Math.max(most, ++running)
    await new Promise<void>((resolve) => {
      finish = resolve
    })
    running--
  }
  const stop = startJobs([{ name: 'slow', everyMs, run: slow }])
  let otherRuns = 0
  const stopOther = startJobs([{ name: 'clockwork', everyMs, run: async () => void otherRuns++ }])
  await eventually('time to overtake', async () => otherRuns > 5 && running === 1)
  expect(most).toBe(1)
  let stopped = false
  const stopping = stop().then(() => {
    stopped = true
  })
  const seen = otherRuns
  await eventually('some more time', async () => otherRuns > seen + 2)
  expect(stopped).toBe(false)
  finish()
  await stopping
  expect(running).toBe(0)
  await stopOther()
})

test('while the store is away no job runs', async () => {
  await closeDatabase()
  let runs = 0
  const stop = startJobs([{ name: 'idle', everyMs: 1, run: async () => void runs++ }])
  let turns = 0
  await eventually('some time', async () => ++turns > 5)
  expect(runs).toBe(0)
  await stop()
})
