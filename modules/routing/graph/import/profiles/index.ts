import type { Profile } from '#modules/routing/graph/road-graph'
import { car } from './car'
import type { ProfileRules } from './rules'

export const rulesOf: Readonly<Record<Profile, ProfileRules>> = { car, scooter: car, bike: car, foot: car }
