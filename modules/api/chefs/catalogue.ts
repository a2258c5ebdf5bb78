import { LRUCache } from 'lru-cache'
import { clock } from '#core/clock'
import { database } from '#core/database'
import { boxAround, coarsen, type LatLng } from '#core/geo'
import { counter } from '#core/metrics'
import { isOpenAt, localTime } from './opening-hours.ts'
import { type CandidateRow, type ChefRow, findCandidates } from './queries.ts'
import { Chef } from './schema.ts'
import { type Candidate, foldText } from './search.ts'

/**
 * The kitchens around a place, read once for everyone who looks there. A tile is forgotten as soon as a kitchen or a
 * menu changes (by event), and after some seconds in any case.
 */
const TILES_MAX = 200
const TILE_TTL_MS = 10_000
const CANDIDATES_MAX = 2_000
/** Degrees; about 5.5 km from south to north. */
const TILE_SIZE = 0.05
const TILE_REACH_METERS = 4_500
const RADIUS_STEP_METERS = 5_000

type Tile = { rows: readonly CandidateRow[]; minute: number; candidates: readonly Candidate[] }

const tiles = new LRUCache<string, Promise<Tile>>({ max: TILES_MAX, ttl: TILE_TTL_MS })
const tileReads = counter('catalogue_tiles_total', 'Look-ups of kitchens around a place', ['outcome'])

export const forgetCatalogue = () => tiles.clear()

export const candidatesNear = async (point: LatLng, radiusMeters: number): Promise<readonly Candidate[]> => {
  const reach = Math.ceil(radiusMeters / RADIUS_STEP_METERS) * RADIUS_STEP_METERS
  const key = `${Math.floor(point.lat / TILE_SIZE)}:${Math.floor(point.lng / TILE_SIZE)}:${reach}`
  let tile = tiles.get(key)
  tileReads.inc({ outcome: tile ? 'hit' : 'miss' })
  if (!tile) {
    tile = readTile(point, reach)
    tiles.set(key, tile)
    tile.catch(() => tiles.delete(key))
  }
  return openNow(await tile)
}

const readTile = async (point: LatLng, reach: number): Promise<Tile> => {
  const center = { lat: middle(point.lat), lng: middle(point.lng) }
  const rows = await findCandidates(database.sql, boxAround(center, reach + TILE_REACH_METERS), CANDIDATES_MAX)
  return { rows, minute: -1, candidates: [] }
}

const middle = (degrees: number) => (Math.floor(degrees / TILE_SIZE) + 0.5) * TILE_SIZE

/** Whether a kitchen is open changes with the minute, not with the row. */
const openNow = (tile: Tile): readonly Candidate[] => {
  const minute = Math.floor(clock.nowMs() / 60_000)
  if (tile.minute !== minute) {
    tile.minute = minute
    const now = clock.now()
    tile.candidates = tile.rows.map((row) => candidateOf(row, now))
  }
  return tile.candidates
}

const candidateOf = (row: CandidateRow, now: Date): Candidate => ({
  chef: Chef.parse(chefOf(row, now)),
  dietaryTags: new Set(row.dietaryTags),
  words: foldText([row.name, row.description, row.cuisines.join(' '), row.dishes].join(' ')),
  prepMinutes: row.prepMinutes,
})

export const chefOf = (row: ChefRow, now: Date): Chef => ({
  id: row.id,
  name: row.name,
  description: row.description,
  cuisines: row.cuisines,
  city: row.city,
  location: coarsen(row),
  timeZone: row.timeZone,
  hours: row.hours,
  isOpen: isOpenAt(row, now, localTime(now, row.timeZone)),
  minimumOrderCents: row.minimumOrderCents,
  deliveryRadiusMeters: row.deliveryRadiusMeters,
  rating: row.ratingCount === 0 ? null : Math.round((row.ratingSum / row.ratingCount) * 10) / 10,
  ratingCount: row.ratingCount,
  currency: row.currency,
})
