import { type Estimate, MINUTE, PRIORS, WAIT_OFFSET_SECONDS } from './learning.ts'
import { chanceOf, normalAt, OUTCOME_COUNT, quantileOf, shareBelow } from './sampling.ts'
import { type Lead, leadOf, waitAt } from './waiting.ts'

/**
 * When an order will be in its driver's hands and at the door, as a range: half of them are there by p50, nine of ten by
 * p90. What is not known (how long the kitchen takes, how long the food then waits, the streets, the doors) is played
 * through in a fixed set of outcomes. Pure. All times are seconds from now.
 */

export type Eta = { p50At: Date; p90At: Date }
export type Range = { p50Seconds: number; p90Seconds: number }

/** Handing over at the kitchen, and finding the door: half of the times less, nine of ten within twice as much. */
const HANDOVER_SECONDS = 120
export const DOOR_SECONDS = 120
const AT_DOORS_SPREAD = 0.5
/** After a quote: to pay, and until the kitchen says yes. */
const ACCEPT_SECONDS = 120
const ACCEPT_SPREAD = 0.7
/** Nobody is there sooner who has not been found yet. */
const REACH_SECONDS_MIN = 60

/** `sinceSeconds`: how long ago the kitchen said yes to it; null: it has yet to. */
export type Food =
  | { isReady: true; sinceSeconds: number }
  | { isReady: false; sinceSeconds: number | null; saidSeconds: number; preparation: Estimate }

/** Where it is on its way: nobody has it yet; its driver comes by these stops; or it is on board. */
export type Stop = { travelSeconds: number; food: Food | null }

/** Sources of chance, so that each has its own column: those of stops come after, a few for each. */
const ACCEPTING = 0
const STREETS = 1
const WAITING = 2
const KITCHENS = 3
const PER_STOP = 3

/** When the food is ready: at least now, however late the kitchen is. */
const readyOutcomes = (food: Food, source: number): Float64Array => {
  const outcomes = new Float64Array(OUTCOME_COUNT)
  if (food.isReady) return outcomes.fill(-food.sinceSeconds)
  const { mean, spread } = food.preparation
  const middle = Math.log(food.saidSeconds + MINUTE) + mean
  const chance = chanceOf(source)
  if (food.sinceSeconds === null) {
    const accepting = chanceOf(ACCEPTING)
    for (let i = 0; i < OUTCOME_COUNT; i++) {
      const acceptSeconds = ACCEPT_SECONDS * Math.exp(ACCEPT_SPREAD * normalAt(accepting[i]!))
      outcomes[i] = acceptSeconds + Math.exp(middle + spread * normalAt(chance[i]!)) - MINUTE
    }
    return outcomes
  }
  const waited = food.sinceSeconds + MINUTE
  for (let i = 0; i < OUTCOME_COUNT; i++) outcomes[i] = longerThan(waited, middle, spread, chance[i]!) - waited
  return outcomes
}

/** No share of cases is left that would be later: it is as late again, in proportion, as the latest of fifty are. */
const LATE_SHARE_MAX = 0.98

/** An outcome of a log-normal time of which it is known that it is longer than `known`. */
const longerThan = (known: number, middle: number, spread: number, chance: number): number => {
  const share = Math.min(LATE_SHARE_MAX, shareBelow((Math.log(Math.max(known, 1)) - middle) / spread))
  const from = Math.exp(middle + spread * normalAt(share))
  const outcome = Math.exp(middle + spread * normalAt(share + (1 - share) * chance))
  return Math.max(known, outcome * Math.max(1, known / from))
}

/** What `learning` sees of food that did not wait at all. */
const NO_WAIT = Math.log(WAIT_OFFSET_SECONDS)
const WAIT_MEAN_MIN = 0.01

/** All of the wait of food that waits for so long already. */
const waitBeyond = (waited: number, { mean, spread }: Lead, chance: number): number =>
  longerThan(waited + WAIT_OFFSET_SECONDS, NO_WAIT + mean, spread, chance) - WAIT_OFFSET_SECONDS

/** When a kitchen's food is ready, in seconds from now: as likely sooner as later; one time in six by more than the spread later. */
export const readyOf = (food: Food): { middleSeconds: number; spreadSeconds: number } => {
  if (food.isReady) return { middleSeconds: -food.sinceSeconds, spreadSeconds: 0 }
  const { mean, spread } = food.preparation
  const middle = Math.log(food.saidSeconds + MINUTE) + mean
  const begun = (food.sinceSeconds ?? 0) + MINUTE
  const at = (chance: number) => longerThan(begun, middle, spread, chance) - begun
  return { middleSeconds: at(0.5), spreadSeconds: at(ONE_SPREAD_LATER) - at(0.5) }
}

/** Five in six: a standard deviation, of what is spread evenly about its middle. */
const ONE_SPREAD_LATER = 0.8413

/** An order that nobody has yet: it waits for its driver once it is ready. */
export const untaken = (food: Food, wait: Estimate, toDoorSeconds: number, ride: Estimate) => {
  const at = readyOutcomes(food, KITCHENS)
  const chance = chanceOf(WAITING)
  const lead = leadOf(Math.max(WAIT_MEAN_MIN, wait.mean - NO_WAIT), wait.spread)
  for (let i = 0; i < OUTCOME_COUNT; i++) {
    // Nobody was there when it was ready: it is one of those that wait.
    const waits = food.isReady
      ? waitBeyond(food.sinceSeconds, lead, chance[i]!)
      : WAIT_OFFSET_SECONDS * Math.expm1(waitAt(lead, chance[i]!))
    at[i] = Math.max(at[i]! + waits, REACH_SECONDS_MIN)
  }
  const pickup = rangeOf(at)
  travel(at, toDoorSeconds + DOOR_SECONDS, ride, KITCHENS + 1)
  return { pickup, dropoff: rangeOf(at) }
}

/** The stops of one driver in their order, from where he is now: when he is done at each. */
export const alongRoute = (stops: readonly Stop[], ride: Estimate): Range[] => {
  const at = new Float64Array(OUTCOME_COUNT)
  return stops.map(({ travelSeconds, food }, index) => {
    const source = KITCHENS + index * PER_STOP
    if (food === null) {
      travel(at, travelSeconds + DOOR_SECONDS, ride, source)
      return rangeOf(at)
    }
    travel(at, travelSeconds, ride, source)
    const ready = readyOutcomes(food, source + 1)
    const chance = chanceOf(source + 2)
    for (let i = 0; i < OUTCOME_COUNT; i++) {
      at[i] = Math.max(at[i]!, ready[i]!) + HANDOVER_SECONDS * Math.exp(AT_DOORS_SPREAD * normalAt(chance[i]!))
    }
    return rangeOf(at)
  })
}

/** Half of what makes a ride slow is the day, which all of his rides share, half is this street and this door. */
const travel = (at: Float64Array, seconds: number, { mean, spread }: Estimate, source: number) => {
  if (seconds <= 0) return
  const [day, street] = [chanceOf(STREETS), chanceOf(source)]
  for (let i = 0; i < OUTCOME_COUNT; i++) {
    const z = (normalAt(day[i]!) + normalAt(street[i]!)) * Math.SQRT1_2
    at[i] = at[i]! + Math.max(0, Math.exp(Math.log(seconds + MINUTE) + mean + spread * z) - MINUTE)
  }
}

const rangeOf = (outcomes: Float64Array): Range => ({
  p50Seconds: quantileOf(outcomes, 0.5),
  p90Seconds: quantileOf(outcomes, 0.9),
})

export const etaOf = ({ p50Seconds, p90Seconds }: Range, now: Date): Eta => ({
  p50At: new Date(now.getTime() + Math.round(p50Seconds) * 1000),
  p90At: new Date(now.getTime() + Math.round(p90Seconds) * 1000),
})

/** What is known of how long things take at a kitchen at an hour. */
export type Known = { preparation: Estimate; wait: Estimate; ride: Estimate }

export const NOTHING_KNOWN: Known = PRIORS

export type EtaInput = {
  now: Date
  /** Undefined: on board. */
  food: Food | undefined
  toDropoffSeconds: number
  known: Known
}

/** An order that has no driver yet, or is alone on board: what can be said without looking at where anybody is. */
export const estimateEta = ({ now, food, toDropoffSeconds, known }: EtaInput): Eta & { pickup: Eta | null } => {
  if (food === undefined) {
    const [range] = alongRoute([{ travelSeconds: toDropoffSeconds, food: null }], known.ride)
    return { ...etaOf(range!, now), pickup: null }
  }
  const { pickup, dropoff } = untaken(food, known.wait, toDropoffSeconds, known.ride)
  return { ...etaOf(dropoff, now), pickup: etaOf(pickup, now) }
}
