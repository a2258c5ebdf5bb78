/** k6's ways to let virtual users work: how many at a time, or how many iterations a second. */
import { type VirtualUser, virtualUsers } from './k6-modules.ts'
import type { Measures } from './measures.ts'
import { durationMs } from './thresholds.ts'

export type Stage = { duration: string; target: number }
export type Scenario = {
  executor: string
  exec?: string
  vus?: number
  iterations?: number
  duration?: string
  stages?: readonly Stage[]
  startVUs?: number
  startRate?: number
  timeUnit?: string
  maxVUs?: number
  preAllocatedVUs?: number
}

type Work = (data: unknown) => Promise<void> | void
type Run = { work: Work; data: unknown; measures: Measures; stop: AbortSignal; scale: number }

const TICK_MS = 50

let userCount = 0
let iterationCount = 0

/** Runs a scenario to its end, or until it is stopped. `scale` shortens its durations. */
export const runScenario = async (scenario: Scenario, run: Run): Promise<void> => {
  const executor = EXECUTORS[scenario.executor]
  if (!executor) throw new Error(`not an executor that this runner knows: ${scenario.executor}`)
  await executor(scenario, run)
}

const repeat = async ({ work, data, measures, stop }: Run, goesOn: () => boolean) => {
  const user: VirtualUser = { idInTest: ++userCount, iterationInInstance: 0, iterationInTest: 0 }
  while (goesOn() && !stop.aborted) {
    user.iterationInTest = iterationCount++
    await virtualUsers.run({ ...user }, async () => {
      try {
        await work(data)
      } catch (error) {
        if (!stop.aborted) measures.check(`the script goes on (${(error as Error).message})`, false)
      }
    })
    user.iterationInInstance++
    // A script that asks nothing must not hold up the others.
    await Bun.sleep(0)
  }
}

const sharedIterations = async ({ vus = 1, iterations = 1 }: Scenario, run: Run) => {
  let left = iterations
  await Promise.all(Array.from({ length: vus }, () => repeat(run, () => left-- > 0)))
}

const constantVus = async ({ vus = 1, duration = '1m' }: Scenario, run: Run) => {
  const endsMs = performance.now() + durationMs(duration) * run.scale
  run.measures.second().users += vus
  await Promise.all(Array.from({ length: vus }, () => repeat(run, () => performance.now() < endsMs)))
}

const rampingVus = async ({ stages = [], startVUs = 0 }: Scenario, run: Run) => {
  const users = new Map<number, Promise<void>>()
  let wanted = startVUs
  await along(stages, startVUs, run, (value) => {
    wanted = Math.round(value)
    run.measures.second().users = wanted
    for (let place = 0; place < wanted; place++) {
      if (users.has(place)) continue
      users.set(
        place,
        repeat(run, () => place < wanted).finally(() => users.delete(place)),
      )
    }
  })
  wanted = 0
  await Promise.all(users.values())
}

const rampingArrivalRate = async (
  { stages = [], startRate = 0, timeUnit = '1s', maxVUs = 100 }: Scenario,
  run: Run,
) => {
  const perMs = durationMs(timeUnit)
  const busy = new Set<Promise<void>>()
  let due = 0
  let lastMs = performance.now()
  await along(stages, startRate, run, (rate) => {
    const nowMs = performance.now()
    due += ((nowMs - lastMs) * rate) / perMs
    lastMs = nowMs
    for (; due >= 1; due--) {
      // As k6: an iteration that finds nobody free is dropped, and counted.
      if (busy.size >= maxVUs) run.measures.check('an iteration finds a free user', false)
      else {
        let isFirst = true
        const once = repeat(run, () => {
          const first = isFirst
          isFirst = false
          return first
        }).finally(() => busy.delete(once))
        busy.add(once)
      }
    }
    run.measures.second().users = busy.size
  })
  await Promise.all(busy)
}

/** Calls back with the value of a line from stage to stage, many times a second. */
const along = async (stages: readonly Stage[], start: number, { scale, stop }: Run, at: (value: number) => void) => {
  let from = start
  for (const { duration, target: to } of stages) {
    const lengthMs = durationMs(duration) * scale
    const startedMs = performance.now()
    for (let share = 0; share < 1 && !stop.aborted; ) {
      share = Math.min(1, (performance.now() - startedMs) / lengthMs)
      at(from + (to - from) * share)
      await Bun.sleep(Math.min(TICK_MS, lengthMs / 10))
    }
    from = to
  }
}

const EXECUTORS: Record<string, (scenario: Scenario, run: Run) => Promise<void>> = {
  'shared-iterations': sharedIterations,
  'constant-vus': constantVus,
  'ramping-vus': rampingVus,
  'ramping-arrival-rate': rampingArrivalRate,
}
