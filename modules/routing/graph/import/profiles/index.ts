import type { Profile } from '#modules/routing/graph/road-graph'
import { bike } from './bike'
import { car } from './car'
import { foot } from './foot'
import type { ProfileRules } from './rules'
import { scooter } from './scooter'

export const rulesOf: Readonly<Record<Profile, ProfileRules>> = { car, scooter, bike, foot }
