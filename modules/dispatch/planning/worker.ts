/** A thread of its own for the plans of rounds, so that no request waits for one. */
import type { Answered, Asked } from '#core/thread'
import type { Decision } from '../engine/policy'
import { type PlanTask, plan } from './plan'

declare const self: Worker

self.onmessage = ({ data: { id, task } }: MessageEvent<Asked<PlanTask>>) => {
  try {
    self.postMessage({ id, answer: plan(task) } satisfies Answered<Decision[]>)
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
    self.postMessage({ id, error: text } satisfies Answered<Decision[]>)
  }
}
