import type { Metric } from '../graph/customise'
import type { Profile } from '../graph/road-graph'
import type { NewSpeeds, Seen } from './new-speeds'
import type { Observations } from './observations'
import type { TimedFix } from './trips'

/** What the thread beside the requests is asked, and what it answers. Which roads: a file, and that it is still the same. */
type OfRoads = { path: string; checksum: string; profile: Profile }

export type MatchTask = OfRoads & { kind: 'match'; trips: readonly (readonly TimedFix[])[] }

export type CustomiseTask = OfRoads & {
  kind: 'customise'
  typical: Seen
  recent: Seen
  hourFactors: readonly number[]
  /** Durations in use. */
  inUse: Int32Array
}

/** Without a metric where nothing has changed enough. */
export type Customised = NewSpeeds & { metric?: Metric; customiseSeconds: number }

export type Task = MatchTask | CustomiseTask
export type Answers = { match: Observations; customise: Customised }
