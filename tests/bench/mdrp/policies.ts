/** The policies that the benchmark knows by name. Each day gets a new one: some remember what they decided last. */
import { optimiser } from '#modules/dispatch/engine/optimiser'
import type { Policy } from '#modules/dispatch/engine/problem'
import { nearest } from './nearest.ts'
import { reyes } from './reyes/policy.ts'

export const policies: Record<string, () => Policy> = {
  ours: () => optimiser,
  reyes,
  nearest: () => nearest,
}

/**
 * Whether it is run with assignment updates unless told otherwise: Reyes as published. Ours gains next to nothing by them, and
 * without them its files stand under every reading of the rules.
 */
export const updatesByItself = (policy: string): boolean => policy === 'reyes'
