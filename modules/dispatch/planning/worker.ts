/** A thread of its own for the plans of rounds, so that no request waits for one. */
import type { Answered, Asked } from '#core/thread'
import { type Planned, type PlanTask, type PolicyName, plan } from './plan'

type Answer = Planned[PolicyName]

declare const self: Worker

self.onmessage = ({ data: { id, task } }: MessageEvent<Asked<PlanTask>>) => {
  try {
    self.postMessage({ id, answer: plan(task) } satisfies Answered<Answer>)
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    self.postMessage({ id, error: text } satisfies Answered<Answer>)
  }
}
