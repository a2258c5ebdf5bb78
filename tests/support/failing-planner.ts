/** A thread of plans that fails in the way that the time of the snapshot names; with any other it plans as usual. The optimiser hangs. */
import type { Answered, Asked } from '#core/thread'
import { type Planned, type PlanTask, type PolicyName, plan } from '#modules/dispatch/planning/plan'
import { FAILS_AT } from './plan-failures'

declare const self: Worker

type Answer = Planned[PolicyName]

const fail = (atMs: number) => {
  for (; atMs === FAILS_AT.hangs; );
  if (atMs === FAILS_AT.throws) throw new Error('the policy has a fault')
  if (atMs === FAILS_AT.dies) process.exit(1)
}

self.onmessage = ({ data: { id, task } }: MessageEvent<Asked<PlanTask>>) => {
  try {
    // The optimiser always: whoever asked it asks for the nearest drivers then.
    fail(task.policy === 'optimiser' ? FAILS_AT.hangs : task.snapshot.now.getTime())
    self.postMessage({ id, answer: plan(task) } satisfies Answered<Answer>)
  } catch (error) {
    self.postMessage({ id, error: String(error) } satisfies Answered<Answer>)
  }
}
