import type { LatLng } from '#core/geo'
import type { Profile } from '../graph/road-graph.ts'
import { type LegCache, legKey, placeKey } from './leg-cache.ts'
import type { Cells, Question, Way } from './provider.ts'
import type { Tile } from './tiles.ts'

/** A table while it is being filled by one provider after the other. */
export class Grid {
  readonly durations: Float64Array
  readonly distances: Float64Array
  /** Cells that nobody on the network knows a way for, by what is kept. */
  readonly #hopeless: Uint8Array
  #originKeys: string[] = []
  #destinationKeys: string[] = []

  constructor(
    readonly origins: readonly LatLng[],
    readonly destinations: readonly LatLng[],
    readonly profile: Profile,
    readonly withDistances: boolean,
  ) {
    const count = origins.length * destinations.length
    this.durations = new Float64Array(count).fill(NaN)
    this.distances = new Float64Array(count).fill(NaN)
    this.#hopeless = new Uint8Array(count)
  }

  isMissing(cell: number): boolean {
    return Number.isNaN(this.durations[cell]!)
  }

  /** Nothing is filled yet. */
  get isUntouched(): boolean {
    return this.durations.every(Number.isNaN)
  }

  /** All of it at once; NaN where there is no way. */
  take({ durations, distances }: Cells) {
    this.durations.set(durations)
    if (distances) this.distances.set(distances)
  }

  /** Still missing, and there is sense in asking. */
  isWanted(cell: number): boolean {
    return this.isMissing(cell) && this.#hopeless[cell] === 0
  }

  get missingCount(): number {
    let count = 0
    for (const duration of this.durations) if (Number.isNaN(duration)) count++
    return count
  }

  get wantedCount(): number {
    let count = 0
    for (let cell = 0; cell < this.durations.length; cell++) if (this.isWanted(cell)) count++
    return count
  }

  key(cell: number): string {
    if (this.#originKeys.length === 0) {
      this.#originKeys = this.origins.map(placeKey)
      this.#destinationKeys = this.destinations.map(placeKey)
    }
    const row = Math.floor(cell / this.destinations.length)
    return legKey(this.profile, this.#originKeys[row]!, this.#destinationKeys[cell % this.destinations.length]!)
  }

  fillFrom(cache: LegCache) {
    let [hits, misses] = [0, 0]
    for (let cell = 0; cell < this.durations.length; cell++) {
      if (!this.isMissing(cell)) continue
      const known = cache.get(this.key(cell))
      const isNone = known !== undefined && Number.isNaN(known.durationSeconds)
      if (!known || (this.withDistances && !isNone && Number.isNaN(known.distanceMeters))) {
        misses++
        continue
      }
      hits++
      if (isNone) this.#hopeless[cell] = 1
      else this.#set(cell, known.durationSeconds, known.distanceMeters)
    }
    cache.count(hits, misses)
  }

  /** The part of the table that a tile is, as a question. */
  questionOf({ rows, columns }: Tile): Question {
    return {
      origins: rows.map((row) => this.origins[row]!),
      destinations: columns.map((column) => this.destinations[column]!),
      profile: this.profile,
      withDistances: this.withDistances,
    }
  }

  cellsOf({ rows, columns }: Tile): number[] {
    return rows.flatMap((row) => columns.map((column) => row * this.destinations.length + column))
  }

  fill(tile: Tile, { durations, distances }: Cells) {
    for (const [index, cell] of this.cellsOf(tile).entries()) {
      if (!Number.isNaN(durations[index]!)) this.#set(cell, durations[index]!, distances?.[index] ?? NaN)
    }
  }

  fillWay(cell: number, { durationSeconds, distanceMeters }: Way) {
    this.#set(cell, durationSeconds, distanceMeters)
  }

  #set(cell: number, durationSeconds: number, distanceMeters: number) {
    this.durations[cell] = durationSeconds
    this.distances[cell] = distanceMeters
  }
}
