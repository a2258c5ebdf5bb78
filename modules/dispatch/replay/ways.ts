import type { LatLng } from '#core/geo'
import { type Profile, routing } from '#modules/routing/index'

/** A place that is used for a while: a kitchen, a door, where a driver stands. Its number is an index while it is in use. */
export class Spot {
  slot = -1
  constructor(readonly at: LatLng) {}
}

/** Asked in one table at most: routing answers within a deadline. */
const ROWS_MAX = 100
const CAPACITY_MIN = 64
const GROWTH = 1.25

/**
 * Travel times between the places that are in use, by each kind of roads. Only what is new is asked for; what is not used any
 * more gives its number to another, so a long day needs no more room than its busiest moment.
 */
export class Ways {
  #capacity = CAPACITY_MIN
  #spots: (Spot | undefined)[] = []
  #free: number[] = []
  #tables = new Map<Profile, Float32Array>()
  isApproximate = false

  constructor(readonly profiles: readonly Profile[]) {
    for (const profile of profiles) this.#tables.set(profile, new Float32Array(CAPACITY_MIN ** 2))
  }

  /** Both must be in use since the last `use`. */
  seconds(profile: Profile, from: number, to: number): number {
    return this.#tables.get(profile)![from * this.#capacity + to]!
  }

  between = (profile: Profile, from: Spot, to: Spot): number => this.seconds(profile, from.slot, to.slot)

  /** These places are in use from now on, and no others. */
  async use(spots: ReadonlySet<Spot>): Promise<void> {
    for (const [slot, spot] of this.#spots.entries()) {
      if (!spot || spots.has(spot)) continue
      spot.slot = -1
      this.#spots[slot] = undefined
      this.#free.push(slot)
    }
    const old = this.#spots.filter((spot) => spot !== undefined)
    const fresh = [...spots].filter(({ slot }) => slot === -1)
    if (fresh.length === 0) return
    for (const spot of fresh) {
      spot.slot = this.#free.pop() ?? this.#spots.length
      this.#spots[spot.slot] = spot
    }
    this.#grow()
    const all = [...old, ...fresh]
    for (const profile of this.profiles) {
      await this.#ask(profile, fresh, all)
      await this.#ask(profile, old, fresh)
    }
  }

  async #ask(profile: Profile, from: readonly Spot[], to: readonly Spot[]) {
    const table = this.#tables.get(profile)!
    for (let start = 0; start < from.length; start += ROWS_MAX) {
      const rows = from.slice(start, start + ROWS_MAX)
      const answer = await routing.table(
        rows.map(({ at }) => at),
        to.map(({ at }) => at),
        profile,
      )
      this.isApproximate ||= answer.isApproximate
      for (const [row, origin] of rows.entries()) {
        const seconds = answer.durations[row]!
        for (const [column, destination] of to.entries()) {
          table[origin.slot * this.#capacity + destination.slot] = seconds[column]!
        }
      }
    }
  }

  #grow() {
    const before = this.#capacity
    if (this.#spots.length <= before) return
    this.#capacity = Math.ceil(this.#spots.length * GROWTH)
    for (const [profile, table] of this.#tables) {
      const larger = new Float32Array(this.#capacity ** 2)
      for (let row = 0; row < before; row++)
        larger.set(table.subarray(row * before, (row + 1) * before), row * this.#capacity)
      this.#tables.set(profile, larger)
    }
  }
}
