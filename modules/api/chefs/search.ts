import { distanceMeters, type LatLng } from '#core/geo'
import type { FoundChef } from './schema.ts'

/** What a search looks at, besides what it shows. */
export type Candidate = {
  chef: Omit<FoundChef, 'distanceMeters' | 'etaMinutes' | 'deliversHere'>
  exactLocation: LatLng
  dietaryTags: ReadonlySet<string>
  /** Folded words of the kitchen and its dishes. */
  words: string
  prepMinutes: number
}

export type Search = {
  point: LatLng
  radiusMeters: number
  words: readonly string[]
  cuisine?: string
  dietary?: string
  minRating?: number
  openNow?: boolean
  sort: 'distance' | 'rating' | 'eta'
}

/** Where a page begins: after this key. */
export type SearchKey = readonly [value: number, id: string]

export type Ranked = { found: FoundChef; key: SearchKey }

/** Handover at the kitchen and at the door, beside preparing and driving. */
const SERVICE_MINUTES = 8

/**
 * Filters and ranks candidates; ties go by id, so that keyset pages neither skip nor repeat. The distance shown is
 * coarsened to 100 m, since with exact ones from three points a home could be found. Pure.
 */
export const rankChefs = (
  candidates: readonly Candidate[],
  search: Search,
  travelSeconds: (from: LatLng, to: LatLng) => number,
): Ranked[] => {
  const ranked: Ranked[] = []
  for (const candidate of candidates) {
    if (!matches(candidate, search)) continue
    const meters = distanceMeters(search.point, candidate.exactLocation)
    if (meters > search.radiusMeters) continue
    const travelMinutes = travelSeconds(candidate.exactLocation, search.point) / 60
    const found: FoundChef = {
      ...candidate.chef,
      distanceMeters: Math.round(meters / DISTANCE_STEP_METERS) * DISTANCE_STEP_METERS,
      etaMinutes: Math.ceil(candidate.prepMinutes + travelMinutes + SERVICE_MINUTES),
      deliversHere: meters <= candidate.chef.deliveryRadiusMeters,
    }
    ranked.push({ found, key: [sortValue(found, search.sort), found.id] })
  }
  return ranked.sort((a, b) => compareKeys(a.key, b.key))
}

const DISTANCE_STEP_METERS = 100

const sortValue = (found: FoundChef, sort: Search['sort']) => {
  if (sort === 'distance') return found.distanceMeters
  if (sort === 'eta') return found.etaMinutes
  return -(found.rating ?? 0)
}

export const compareKeys = (a: SearchKey, b: SearchKey): number =>
  a[0] - b[0] || (a[1] < b[1] ? -1 : a[1] > b[1] ? 1 : 0)

const matches = ({ chef, dietaryTags, words }: Candidate, search: Search): boolean => {
  if (search.openNow !== undefined && chef.isOpen !== search.openNow) return false
  if (search.cuisine !== undefined && !chef.cuisines.includes(search.cuisine)) return false
  if (search.dietary !== undefined && !dietaryTags.has(search.dietary)) return false
  if (search.minRating !== undefined && (chef.rating ?? 0) < search.minRating) return false
  return search.words.every((word) => words.includes(word))
}

/** Lower case without accents, so that "goteborg" finds Göteborg. */
export const foldText = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{Diacritic}/gu, '')
    .toLowerCase()

export const wordsOf = (query: string | undefined): string[] =>
  query ? foldText(query).split(/\s+/).filter(Boolean) : []
