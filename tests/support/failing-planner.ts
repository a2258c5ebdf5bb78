/** A thread of plans that fails in the way that the time of the snapshot names; with any other it plans as usual. */
import type { Answered, Asked } from '#core/thread'
import type { Decision } from '#modules/dispatch/engine/policy'
import { type PlanTask, plan } from '#modules/dispatch/planning/plan'
import { FAILS_AT } from './plan-failures'

declare const self: Worker

const fail = (atMs: number) => {
  for (; atMs === FAILS_AT.hangs; );
  if (atMs === FAILS_AT.throws) throw new Error('the policy has a fault')
  if (atMs === FAILS_AT.dies) process.exit(1)
}

self.onmessage = ({ data: { id, task } }: MessageEvent<Asked<PlanTask>>) => {
  try {
    fail(task.snapshot.now.getTime())
    self.postMessage({ id, answer: plan(task) } satisfies Answered<Decision[]>)
  } catch (error) {
    self.postMessage({ id, error: String(error) } satisfies Answered<Decision[]>)
  }
}
