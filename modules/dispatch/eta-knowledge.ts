import { LRUCache } from 'lru-cache'
import type { Sql } from '#core/database'
import { type Known, NOTHING_KNOWN } from './eta/estimate.ts'
import { AHEAD_SECONDS, type Estimate, type Kind } from './eta/learning.ts'

/** What has been learned of a kitchen at an hour: read from what the job of eta-history.ts writes. */

export type Place = { zoneId: string; chefId: string }

const PLACES_MAX = 20_000
/** It is learned every few minutes. */
const KEPT_MS = 30_000
/** Hours of the day begin at a quarter of an hour of UTC, whatever the time zone. */
const QUARTER_MS = 900_000

const kept = new LRUCache<string, Known>({ max: PLACES_MAX, ttl: KEPT_MS })

/** The hour counts where the zone is. May be called within a transaction, with it. */
export const knownTimes = async (sql: Sql, { zoneId, chefId }: Place, now: Date): Promise<Known> =>
  (await knownTimesOf(sql, zoneId, [chefId], now)).get(chefId)!

/** Of kitchens of a zone, by their ids: one statement for those that are not known yet. */
export const knownTimesOf = async (sql: Sql, zoneId: string, chefIds: Iterable<string>, now: Date) => {
  const known = new Map<string, Known>()
  const missing: Place[] = []
  for (const chefId of new Set(chefIds)) {
    const found = kept.get(keyOf({ zoneId, chefId }, now))
    if (found) known.set(chefId, found)
    else missing.push({ zoneId, chefId })
  }
  const read = missing.length > 0 ? await readKnown(sql, missing, now) : []
  for (const [index, place] of missing.entries()) {
    kept.set(keyOf(place, now), read[index]!)
    known.set(place.chefId, read[index]!)
  }
  return known
}

const keyOf = ({ zoneId, chefId }: Place, now: Date) => `${zoneId} ${chefId} ${Math.floor(now.getTime() / QUARTER_MS)}`

/** For tests: what is learned is read again. */
export const forgetKnown = () => kept.clear()

type Row = { place: number; kind: Kind } & Estimate

/** In the order of the places: of each kind the closest that is known (the kitchen's hour, the kitchen, the zone's hour, the zone). */
export const readKnown = async (sql: Sql, places: readonly Place[], now: Date): Promise<Known[]> => {
  const rows = await sql<Row[]>`
    select distinct on (k.place, e.kind) k.place::integer, e.kind, e.mean, e.spread, e.weight
    from unnest(${places.map(({ zoneId }) => zoneId)}::uuid[], ${places.map(({ chefId }) => chefId)}::uuid[])
        with ordinality as k (zone_id, chef_id, place)
      join zones z on z.id = k.zone_id
      join eta_estimates e on e.zone_id = k.zone_id and (e.chef_id is null or e.chef_id = k.chef_id)
        and (e.hour is null or e.hour = extract(hour from (${now}::timestamptz
          + case when e.kind = 'preparation' then 0 else ${AHEAD_SECONDS} end * interval '1 second') at time zone z.time_zone))
    order by k.place, e.kind, e.chef_id is null, e.hour is null`
  const known = places.map((): Known => ({ ...NOTHING_KNOWN }))
  for (const { place, kind, mean, spread, weight } of rows) known[place - 1]![kind] = { mean, spread, weight }
  return known
}
