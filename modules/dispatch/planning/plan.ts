import { nearestDriver } from '../engine/nearest-driver'
import type { Decision, Policy, Snapshot } from '../engine/policy'

/** What a round asks for. A policy that goes on improving stops after `budgetMs`. */
export type PlanTask = { policy: PolicyName; snapshot: Snapshot; budgetMs: number }

const POLICIES = { 'nearest-driver': nearestDriver } satisfies Record<string, Policy>
export type PolicyName = keyof typeof POLICIES

/** The one seam between rounds and ways to dispatch. */
export const plan = ({ policy, snapshot }: PlanTask): Decision[] => POLICIES[policy].plan(snapshot)
