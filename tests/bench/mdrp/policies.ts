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
