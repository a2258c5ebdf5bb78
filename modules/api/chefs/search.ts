import { distanceMeters, type LatLng } from '#core/geo'
import type { FoundChef } from './schema.ts'

/** What a search looks at. Not the exact place: it could be closed in on, by circles or from several points. */
export type Candidate = {
  /** What every search shows of it. */
  chef: Omit<FoundChef, 'distanceMeters' | 'etaMinutes' | 'deliversHere'>
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

type TravelSeconds = (from: LatLng, to: LatLng) => number

/** Handover at the kitchen and at the door, beside preparing and driving. */
const SERVICE_MINUTES = 8

/** A kitchen in its place of a search. What is shown of it is worked out only when it is, since a page shows a few. */
export class Ranked {
  readonly key: SearchKey

  constructor(
    readonly candidate: Candidate,
    readonly meters: number,
    private readonly search: Search,
    private readonly travelSeconds: TravelSeconds,
  ) {
    this.key = [this.sortValue(), candidate.chef.id]
  }

  get distanceMeters(): number {
    return Math.round(this.meters / DISTANCE_STEP_METERS) * DISTANCE_STEP_METERS
  }

  get etaMinutes(): number {
    const travelMinutes = this.travelSeconds(this.candidate.chef.location, this.search.point) / 60
    return Math.ceil(this.candidate.prepMinutes + travelMinutes + SERVICE_MINUTES)
  }

  get deliversHere(): boolean {
    return this.meters <= this.candidate.chef.deliveryRadiusMeters
  }

  get found(): FoundChef {
    const { distanceMeters, etaMinutes, deliversHere } = this
    return { ...this.candidate.chef, distanceMeters, etaMinutes, deliversHere }
  }

  private sortValue(): number {
    if (this.search.sort === 'distance') return this.distanceMeters
    if (this.search.sort === 'eta') return this.etaMinutes
    return -(this.candidate.chef.rating ?? 0)
  }
}

/** Filters and ranks candidates; ties go by id, so that keyset pages neither skip nor repeat. Pure. */
export const rankChefs = (candidates: readonly Candidate[], search: Search, travelSeconds: TravelSeconds): Ranked[] => {
  const ranked: Ranked[] = []
  for (const candidate of candidates) {
    if (!matches(candidate, search)) continue
    const meters = distanceMeters(search.point, candidate.chef.location)
    if (meters <= search.radiusMeters) ranked.push(new Ranked(candidate, meters, search, travelSeconds))
  }
  return ranked.sort((a, b) => compareKeys(a.key, b.key))
}

const DISTANCE_STEP_METERS = 100

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
