import { searchWithin } from '../engine/budget'
import { nearestDriver } from '../engine/nearest-driver'
import { optimiser } from '../engine/optimiser'
import type { Decision, Snapshot } from '../engine/policy'
import type { Demand, Place, Plan, Situation } from '../engine/problem'

/** What a situation is without its functions, so that it can be sent to a thread. */
export type SentSituation = Omit<Situation, 'travelSeconds' | 'demand'> & {
  placeCount: number
  /** By what a driver goes by: `[from * placeCount + to]`. */
  travel: Record<string, Float64Array>
  /** For the hour to come. */
  expected?: readonly { kitchen: string; place: Place; ratePerSecond: number }[]
}

export type PlanTask =
  | { policy: 'nearest-driver'; snapshot: Snapshot; budgetMs: number }
  /** A policy that goes on improving ends within `budgetMs`. */
  | { policy: 'optimiser'; situation: SentSituation; budgetMs: number }
export type PolicyName = PlanTask['policy']

export type Planned = { 'nearest-driver': Decision[]; optimiser: Plan }

/** The one seam between rounds and ways to dispatch. */
export const plan = (task: PlanTask): Planned[PolicyName] => {
  if (task.policy === 'nearest-driver') return nearestDriver.plan(task.snapshot)
  const isOver = searchWithin(task.budgetMs, () => performance.now())
  return optimiser.plan(situationOf(task.situation), isOver)
}

export const situationOf = ({ travel, placeCount, expected, ...sent }: SentSituation): Situation => ({
  ...sent,
  ...(expected && { demand: demandOf(expected) }),
  travelSeconds: ({ vehicle }, from, to) => travel[vehicle]![from * placeCount + to]!,
})

const demandOf = (expected: NonNullable<SentSituation['expected']>): Demand => {
  const rates = new Map(expected.map(({ kitchen, ratePerSecond }) => [kitchen, ratePerSecond]))
  return { kitchens: expected, ratePerSecond: (kitchen) => rates.get(kitchen) ?? 0 }
}
