import { afterEach, beforeEach, expect, test } from 'bun:test'
import { resetClock, turnClock } from '#core/clock'
import { parseConfig, setConfig } from '#core/config'
import type { Problem } from '#core/problem'
import { assertBelow, clearUses, countUse, memoryRateStore, type RateLimit, setRateStore } from '#core/rate-limit'

const orders: RateLimit = { name: 'orders', max: 3, windowSeconds: 60 }
const quotes: RateLimit = { name: 'quotes', max: 3, windowSeconds: 60 }

const limits = (on: boolean) => setConfig(parseConfig({ NODE_ENV: 'test', RATE_LIMITS: on ? 'on' : 'off' }))

beforeEach(() => {
  setRateStore(memoryRateStore())
  limits(true)
})
afterEach(resetClock)

/** How the uses ended: `ok`, or the status of the refusal. */
const uses = async (limit: RateLimit, who: string, count: number) => {
  const outcomes: (number | 'ok')[] = []
  for (let i = 0; i < count; i++) {
    outcomes.push(
      await countUse(limit, who).then(
        () => 'ok' as const,
        (problem: Problem) => problem.status,
      ),
    )
  }
  return outcomes
}

test('as many uses as the limit says, and not one more', async () => {
  expect(await uses(orders, 'nora', 5)).toEqual(['ok', 'ok', 'ok', 429, 429])
})

test('each person and each limit counts for itself', async () => {
  await uses(orders, 'nora', 4)
  expect(await uses(orders, 'omar', 3)).toEqual(['ok', 'ok', 'ok'])
  expect(await uses(quotes, 'nora', 3)).toEqual(['ok', 'ok', 'ok'])
})

test('the window slides: each use gives its room back a minute later, and whoever keeps trying waits no longer', async () => {
  await uses(orders, 'nora', 1)
  turnClock(40_000)
  await uses(orders, 'nora', 40)
  turnClock(19_000)
  expect(await uses(orders, 'nora', 1)).toEqual([429])
  turnClock(1_500)
  expect(await uses(orders, 'nora', 2)).toEqual(['ok', 429])
  turnClock(40_000)
  expect(await uses(orders, 'nora', 3)).toEqual(['ok', 'ok', 429])
})

test('failures count past their limit, and the newest of them decide', async () => {
  const failures = { ...orders, max: Number.MAX_SAFE_INTEGER }
  for (let i = 0; i < 3; i++) await countUse(failures, 'nora')
  turnClock(30_000)
  for (let i = 0; i < 2; i++) await countUse(failures, 'nora')
  turnClock(30_500)
  await assertBelow(orders, 'nora')
  await countUse(failures, 'nora')
  await expect(assertBelow(orders, 'nora')).rejects.toMatchObject({ status: 429 })
})

test('the refusal says when to come back', async () => {
  await uses(orders, 'nora', 3)
  turnClock(20_500)
  const problem: Problem = await countUse(orders, 'nora').then(
    () => Promise.reject(new Error('was not refused')),
    (error) => error,
  )
  expect(problem).toMatchObject({ status: 429, slug: 'too-many-requests' })
  expect(problem.headers).toEqual({
    'retry-after': '40',
    'ratelimit-limit': '3',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '40',
  })
})

test('asking whether a limit is reached does not count', async () => {
  await uses(orders, 'nora', 2)
  await assertBelow(orders, 'nora')
  await assertBelow(orders, 'nora')
  expect(await uses(orders, 'nora', 1)).toEqual(['ok'])
  await expect(assertBelow(orders, 'nora')).rejects.toMatchObject({ status: 429 })
})

test('what is cleared begins anew', async () => {
  await uses(orders, 'nora', 4)
  await clearUses(orders, 'nora')
  expect(await uses(orders, 'nora', 1)).toEqual(['ok'])
})

test('where limits are off nothing is counted, but for what is always counted', async () => {
  limits(false)
  expect(await uses(orders, 'nora', 5)).toEqual(Array(5).fill('ok'))
  for (let i = 0; i < 3; i++) await countUse(orders, 'nora', { always: true })
  await expect(countUse(orders, 'nora', { always: true })).rejects.toMatchObject({ status: 429 })
})
