import { config } from '#core/config'
import { database } from '#core/database'
import { log } from '#core/log'
import type { PreparedProfile } from '../graph/prepare'
import { PROFILES, type Profile, ROAD_CLASSES } from '../graph/road-graph'
import { type OpenCity, openCities, replaceProfile } from '../roads'
import { timeZones } from './local-time'
import { customiseSeconds, noteSpeedsRead, seenSides } from './metrics'
import type { Seen } from './new-speeds'
import { readSpeeds, type SpeedRow } from './queries'
import { tileOf } from './side-keys'
import { bucketOf, hourFactor, hourOfWeek, RECENT_BUCKET } from './time-of-day'
import type { SpeedThread } from './worker-thread'

const CUSTOMISE_TIMEOUT_MS = 60_000

/**
 * Brings the roads of this process to the speeds of now. While the thread works requests are answered by what was there
 * before; the new hierarchy takes its place in one step. When anything fails the old speeds stay.
 */
export const applySpeeds = async (thread: SpeedThread, now: Date) => {
  const timeZoneOf = await timeZones()
  for (const city of openCities()) {
    const hour = hourOfWeek(now, timeZoneOf(city))
    for (const profile of PROFILES) {
      const prepared = city.profiles[profile]
      if (prepared) await applyTo(thread, city, profile, prepared, hour, now)
    }
  }
}

/** Roads that do not have the map's speeds any more. */
const changed = new WeakSet<PreparedProfile>()

const applyTo = async (
  thread: SpeedThread,
  city: OpenCity,
  profile: Profile,
  prepared: PreparedProfile,
  hour: number,
  now: Date,
) => {
  const rows = await readSpeeds(database.sql, profile, tilesOf(city), bucketOf(hour), now)
  const hourFactors = ROAD_CLASSES.map((name) => hourFactor(config().SPEED_FACTORS, profile, name, hour))
  const isAsMapped = rows.length === 0 && hourFactors.every((factor) => factor === 1)
  if (!isAsMapped || changed.has(prepared)) {
    const recent = rows.filter(({ bucket }) => bucket === RECENT_BUCKET)
    const typical = rows.filter(({ bucket }) => bucket !== RECENT_BUCKET)
    const { path, checksum = '' } = city
    const { graph } = prepared
    const known = { typical: seenOf(typical), recent: seenOf(recent), hourFactors, inUse: graph.edgeDuration.slice() }
    const { metric, edgeDuration, edgeWeight, changedCount, seenCount, ...took } = await thread.ask(
      { kind: 'customise', path, checksum, profile, ...known },
      CUSTOMISE_TIMEOUT_MS,
    )
    seenSides.set({ profile }, seenCount)
    // Roads that were opened meanwhile have speeds of their own.
    if (metric && city.profiles[profile] === prepared) {
      const next = { ...prepared, graph: { ...graph, edgeDuration, edgeWeight }, metric }
      replaceProfile(city, profile, next)
      changed.add(next)
      customiseSeconds.observe({ profile }, took.customiseSeconds)
      log.info({ profile, changedCount, seenCount, seconds: took.customiseSeconds }, 'roads have other speeds')
    }
  }
  noteSpeedsRead(profile, now)
}

const tilesOf = ({ bounds: { south, west, north, east } }: OpenCity): number[] => {
  const tiles: number[] = []
  for (let lat = Math.floor(south); lat <= north; lat++)
    for (let lng = Math.floor(west); lng <= east; lng++) tiles.push(tileOf(lat, lng))
  return tiles
}

const seenOf = (rows: readonly SpeedRow[]): Seen => {
  const column = (name: Exclude<keyof SpeedRow, 'bucket'>) => Float64Array.from(rows, (row) => row[name])
  return {
    side: column('side'),
    meters: column('meters'),
    seconds: column('seconds'),
    trips: column('trips'),
    ageSeconds: column('ageSeconds'),
  }
}
