import { log } from '#core/log'
import { counter, histogram } from '#core/metrics'
import { createThread } from '#core/thread'
import type { Planned, PlanTask, PolicyName } from './plan'

/** A policy improves its plan for so long at most. */
export const PLAN_BUDGET_MS = 500
/** One that has not answered by then hangs: its thread is ended, the next question starts another. */
const HANG_MS = 1_500
const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2]

const planSeconds = histogram('dispatch_plan_seconds', 'Time to plan a round, beside the requests', [], SECONDS_BUCKETS)
const failures = counter(
  'dispatch_plan_failures_total',
  'Plans that failed: the thread died, hung, or the policy threw',
  ['policy'],
)

type Options = { path?: string; hangMs?: number }

/** The thread that plans, one round after the other. */
export const createPlanner = ({ path = 'modules/dispatch/planning/worker.ts', hangMs = HANG_MS }: Options = {}) => {
  const thread = createThread<PlanTask, Planned[PolicyName]>({ name: 'plans', path, onCrash: () => {} })
  let turn: Promise<unknown> = Promise.resolve()

  const ask = async (task: PlanTask) => {
    const stop = planSeconds.startTimer()
    try {
      return await thread.ask(task, task.budgetMs + hangMs)
    } catch (error) {
      failures.inc({ policy: task.policy })
      log.error({ policy: task.policy, err: String(error) }, 'a round could not be planned')
      throw error
    } finally {
      stop()
    }
  }

  return {
    /** Throws when the thread dies, hangs, or the policy throws. In turn, so that the time of one is not counted for the next. */
    plan: <T extends PlanTask>(task: T): Promise<Planned[T['policy']]> => {
      const answer = turn.then(() => ask(task)) as Promise<Planned[T['policy']]>
      turn = answer.catch(() => {})
      return answer
    },
    stop: thread.stop,
  }
}

export type Planner = ReturnType<typeof createPlanner>
