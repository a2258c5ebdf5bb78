import { clock } from '#core/clock'
import { counter, gauge, histogram } from '#core/metrics'

const CUSTOMISE_SECONDS_BUCKETS = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export const speedFixes = counter('road_speeds_fixes_total', "Drivers' fixes read for speeds: on a road or not", [
  'outcome',
])
export const speedMeters = counter('road_speeds_matched_meters_total', 'Metres of roads that drives were seen on', [
  'profile',
])
export const threadCrashes = counter(
  'road_speeds_thread_crashes_total',
  'Ends of the thread of speeds that were none of its own',
)
export const customiseSeconds = histogram(
  'road_speeds_customise_seconds',
  'Time to put other speeds into the roads of a city, beside the requests',
  ['profile'],
  CUSTOMISE_SECONDS_BUCKETS,
)
export const seenSides = gauge(
  'road_speeds_seen_sides',
  'Sides of roads of which this process knows how they were driven',
  ['profile'],
)

const readAtMs = new Map<string, number>()

/** Speeds of a profile are those of now. */
export const noteSpeedsRead = (profile: string, now: Date) => readAtMs.set(profile, now.getTime())

gauge(
  'road_speeds_age_seconds',
  'Since this process last read how fast roads are, whether that changed anything or not',
  ['profile'],
  (self) => {
    for (const [profile, ms] of readAtMs) self.set({ profile }, (clock.nowMs() - ms) / 1_000)
  },
)
