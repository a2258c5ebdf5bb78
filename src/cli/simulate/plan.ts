import type { Random, Streams } from './random.ts'

/** What will happen on a virtual day, drawn from the seed before it begins. Pure. Times are seconds after midnight. */

const HOUR = 3_600
const MINUTE = 60

export const DAY = { opensAt: 10 * HOUR, closesAt: 22 * HOUR }

/** Lunch and dinner as bells; the rest of the orders come at any time. */
const PEAKS = [
  { at: 12.25 * HOUR, width: 50 * MINUTE, share: 0.35 },
  { at: 18.5 * HOUR, width: 75 * MINUTE, share: 0.45 },
]
const BASE_SHARE = 1 - PEAKS.reduce((sum, { share }) => sum + share, 0)

/** How much of a day's demand falls into a second around `at`. */
export const demandAt = (at: number): number => {
  if (at < DAY.opensAt || at >= DAY.closesAt) return 0
  const bells = PEAKS.map((peak) => {
    const distance = (at - peak.at) / peak.width
    return (peak.share * Math.exp((-distance * distance) / 2)) / (peak.width * Math.sqrt(2 * Math.PI))
  })
  return BASE_SHARE / (DAY.closesAt - DAY.opensAt) + bells.reduce((sum, one) => sum + one, 0)
}

/**
 * When orders come: a Poisson process whose rate follows the day, given that there are `count` of them. Thinning (Lewis
 * and Shedler 1979): candidates at the highest rate, each kept with the share of it that its moment has.
 */
export const drawTimes = (count: number, random: Random): number[] => {
  const highest = Math.max(...PEAKS.map(({ at }) => demandAt(at)))
  const times: number[] = []
  while (times.length < count) {
    const at = random.between(DAY.opensAt, DAY.closesAt)
    if (random.chance(demandAt(at) / highest)) times.push(at)
  }
  return times.sort((a, b) => a - b)
}

/** One customer's wish for a meal, and how he goes about it. */
export type Session = {
  number: number
  at: number
  customer: number
  tipCents: number
  viaQuote: boolean
  /** Presses the button twice: two equal requests at once. */
  clicksTwice: boolean
  /** Looks elsewhere for some minutes before paying. */
  hesitates: boolean
  changesMind: 'before paying' | 'after paying' | null
  follows: 'by socket' | 'by polling' | 'not at all'
  /** Asks the socket for all that happened, not only for what will. */
  fromStart: boolean
  /** Wants the dish of which there are few, with others at the same moment. */
  rush: Rush | null
}

/** A dish with fewer portions than people who want it at once. */
export type Rush = { name: string; at: number; kitchen: number; portions: number }

const TIPS = [0, 0, 0, 100, 200, 200, 300, 500]
const ORDERS_PER_CUSTOMER = 3
const CUSTOMERS_MAX = 400

export const planSessions = (orders: number, kitchens: number, streams: Streams): Session[] => {
  const customers = Math.max(1, Math.min(CUSTOMERS_MAX, Math.ceil(orders / ORDERS_PER_CUSTOMER)))
  const sessions = drawTimes(orders, streams('demand')).map((at, number) =>
    planSession(number, at, customers, streams(`session ${number}`)),
  )
  for (const rush of planRushes(kitchens, sessions.length, streams('rush'))) joinRush(sessions, rush)
  return sessions.sort((a, b) => a.at - b.at)
}

export const planSession = (number: number, at: number, customers: number, random: Random): Session => ({
  number,
  at,
  customer: random.int(0, customers - 1),
  tipCents: random.pick(TIPS),
  viaQuote: random.chance(0.8),
  clicksTwice: random.chance(0.08),
  hesitates: random.chance(0.05),
  changesMind: random.chance(0.02) ? 'before paying' : random.chance(0.03) ? 'after paying' : null,
  follows: random.weighted(['by socket', 'by polling', 'not at all'] as const, (_, i) => [0.5, 0.3, 0.2][i]!),
  fromStart: random.chance(0.7),
  rush: null,
})

const RUSH_SIZE_MAX = 12
const SESSIONS_PER_RUSHER = 12
const RUSH_SIZE_MIN = 4
const RUSH_PORTIONS_SHARE = 0.5

const planRushes = (kitchens: number, sessions: number, random: Random): (Rush & { size: number })[] => {
  const size = Math.min(RUSH_SIZE_MAX, Math.floor(sessions / SESSIONS_PER_RUSHER))
  if (size < RUSH_SIZE_MIN) return []
  const portions = Math.floor(size * RUSH_PORTIONS_SHARE)
  return PEAKS.map(({ at }, index) => ({
    name: ['Lunch special of the simulated day', 'Dinner special of the simulated day'][index]!,
    at,
    kitchen: random.int(0, kitchens - 1),
    portions,
    size,
  }))
}

/** Those who would have ordered about then want the special, and all at once. */
const joinRush = (sessions: Session[], { size, ...rush }: Rush & { size: number }) => {
  const nearest = [...sessions].sort((a, b) => Math.abs(a.at - rush.at) - Math.abs(b.at - rush.at)).slice(0, size)
  for (const session of nearest) Object.assign(session, { rush, at: rush.at })
}

export type Shift = { from: number; until: number }

/** Drivers come for lunch, for dinner or for long; enough stay from the first order to the last. */
export const planShift = (driver: number, random: Random): Shift => {
  const early = DAY.opensAt - 15 * MINUTE
  const isLong = driver % 3 === 0
  const kind = isLong ? 'long' : random.weighted(['long', 'lunch', 'dinner'] as const, (_, i) => [0.6, 0.15, 0.25][i]!)
  if (kind === 'lunch') return { from: early + random.between(0, HOUR), until: random.between(14.5, 16) * HOUR }
  if (kind === 'dinner') return { from: random.between(15.5, 17) * HOUR, until: Number.POSITIVE_INFINITY }
  return { from: early, until: Number.POSITIVE_INFINITY }
}
