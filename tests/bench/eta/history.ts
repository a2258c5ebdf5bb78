/** What is on record of a market, as the database has it: observations at the times at which they are known. */
import { type Known, NOTHING_KNOWN } from '#modules/dispatch/eta/estimate'
import {
  AHEAD_SECONDS,
  BELIEFS,
  type Cell,
  HALF_LIFE_DAYS,
  KINDS,
  type Kind,
  type Learned,
  learn,
  logTime,
  NO_SUMS,
  RECENT_HALF_LIFE_SECONDS,
  RECENT_SECONDS,
  STILL_WAITING_FACTOR,
  STILL_WAITING_SECONDS,
  type Sums,
  withRecent,
} from '#modules/dispatch/eta/learning'

type Observation = { chefId: string | null; hour: number; at: number; value: number }

const ZONE = 'zone'
const DAY_SECONDS = 86_400
const USUAL_EVERY_SECONDS = 1_800

export const hourOf = (at: number): number => Math.floor((at % DAY_SECONDS) / 3_600)

/** Times in seconds since the first midnight. */
export class History {
  private readonly seen: Record<Kind, Observation[]> = { preparation: [], wait: [], ride: [] }
  private usual: Record<Kind, Learned[]> = { preparation: [], wait: [], ride: [] }
  private usualAt = Number.NEGATIVE_INFINITY
  private learned = new Map<string, Learned>()

  see(kind: Kind, chefId: string | null, hourAt: number, at: number, value: number): void {
    this.seen[kind].push({ chefId, hour: hourOf(hourAt), at, value })
  }

  /** `waitingSince`: when the food was ready that nobody has taken yet. */
  learn(now: number, waitingSince: readonly number[]): void {
    if (now - this.usualAt >= USUAL_EVERY_SECONDS) this.learnUsual(now)
    const open = waitingSince
      .filter((readyAt) => now - readyAt > STILL_WAITING_SECONDS)
      .map((readyAt) => ({
        chefId: null,
        hour: hourOf(readyAt),
        at: now,
        value: logTime(STILL_WAITING_FACTOR * (now - readyAt)),
      }))
    this.learned = new Map()
    for (const kind of KINDS) {
      const recent = kind === 'preparation' ? [] : recentOf([...this.seen[kind], ...(kind === 'wait' ? open : [])], now)
      for (const one of withRecent(this.usual[kind], recent, BELIEFS[kind]))
        this.learned.set(keyOf(kind, one.chefId, one.hour), one)
    }
  }

  private learnUsual(now: number): void {
    this.usualAt = now
    const weightOf = ({ at }: Observation) => 0.5 ** ((now - at) / DAY_SECONDS / HALF_LIFE_DAYS)
    for (const kind of KINDS) this.usual[kind] = learn(cellsOf(this.seen[kind], weightOf), BELIEFS[kind])
  }

  known(chefId: string, at: number): Known {
    const find = (kind: Kind) => {
      const hour = hourOf(kind === 'preparation' ? at : at + AHEAD_SECONDS)
      return [
        keyOf(kind, chefId, hour),
        keyOf(kind, chefId, null),
        keyOf(kind, null, hour),
        keyOf(kind, null, null),
      ].map((key) => this.learned.get(key))
    }
    return Object.fromEntries(
      KINDS.map((kind) => [kind, find(kind).find((one) => one !== undefined) ?? NOTHING_KNOWN[kind]]),
    ) as Known
  }
}

const keyOf = (kind: Kind, chefId: string | null, hour: number | null) => `${kind} ${chefId} ${hour}`

const cellsOf = (observations: readonly Observation[], weightOf: (one: Observation) => number): Cell[] => {
  const cells = new Map<string, Cell>()
  for (const one of observations) {
    const key = `${one.chefId} ${one.hour}`
    const cell = cells.get(key) ?? { zoneId: ZONE, chefId: one.chefId, hour: one.hour, ...NO_SUMS }
    cells.set(key, { ...cell, ...added(cell, one.value, weightOf(one)) })
  }
  return [...cells.values()]
}

const added = (sums: Sums, value: number, weight: number): Sums => ({
  weight: sums.weight + weight,
  sum: sums.sum + weight * value,
  squares: sums.squares + weight * value * value,
})

const recentOf = (observations: readonly Observation[], now: number): Cell[] => {
  const recent = observations
    .filter(({ at }) => now - at < RECENT_SECONDS)
    .map((one) => ({ ...one, hour: hourOf(now) }))
  return cellsOf(recent, ({ at }) => 0.5 ** ((now - at) / RECENT_HALF_LIFE_SECONDS))
}
