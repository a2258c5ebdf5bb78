import type { ZoneSettings } from '#core/zones'
import type { Ride } from './courier.ts'
import { type Knowledge, knowledgeOf, readKnowledge } from './knowledge.ts'
import { countsAs, ReplayedMarket, SERVICE } from './market.ts'
import { type Brought, type Interval, type Measures, measure } from './measures.ts'
import { createPlanning, type ReplayPolicy } from './policies.ts'
import { type Read, type RecordedOrder, readOrders, type Shifts, type Span } from './record.ts'

/** A zone's span under a policy, or as it was. Orders are read part by part, so that a day need not fit into memory with all it knows. */

export type Replayed = {
  policy: ReplayPolicy | 'recorded'
  measures: Measures
  roundMs: number[]
  brought: Brought[]
  isApproximate: boolean
}

const PART_SECONDS = 3_600
/** So long after the span its last orders may still be brought. */
const TAIL_SECONDS = 6 * 3_600

type ReadPart = (start: number) => Promise<RecordedOrder[]>

/** What kitchens' words are worth is learned anew so often. */
const DAY_SECONDS = 86_400

const instantOf = ({ from }: Span, seconds: number) => new Date(from.getTime() + seconds * 1000)
const secondsOf = ({ from, to }: Span) => (to.getTime() - from.getTime()) / 1000

const reader =
  (read: Read, span: Span): ReadPart =>
  (start) => {
    const part = (seconds: number) => new Date(Math.min(span.from.getTime() + seconds * 1000, span.to.getTime()))
    return read((sql) => readOrders(sql, span, part(start), part(start + PART_SECONDS)))
  }

export type RecordedFacts = Replayed & { acceptedCount: number; cancelledCount: number; unfinishedCount: number }

/** What really happened. */
export const readRecorded = async (
  read: Read,
  span: Span,
  { shifts }: Shifts,
  wayOf: (order: RecordedOrder) => number,
): Promise<RecordedFacts> => {
  const readPart = reader(read, span)
  const brought: Brought[] = []
  const rides: Brought[] = []
  const counts = { accepted: 0, counted: 0, cancelled: 0, unfinished: 0 }
  for (let start = 0; start < secondsOf(span); start += PART_SECONDS) {
    for (const order of await readPart(start)) {
      const isCounted = countsAs(order)
      counts.accepted++
      if (isCounted) counts.counted++
      if (Number.isFinite(order.cancelledAt)) counts.cancelled++
      const one = broughtOf(order, wayOf)
      if (one) rides.push(one)
      else if (!Number.isFinite(order.cancelledAt) && !order.isFailed) counts.unfinished++
      if (one && isCounted) brought.push(one)
    }
  }
  const outcome = { brought, orderCount: counts.counted, rides, shifts: dutyOf(shifts, secondsOf(span)) }
  return {
    policy: 'recorded',
    measures: measure(outcome),
    roundMs: [],
    brought,
    isApproximate: false,
    acceptedCount: counts.accepted,
    cancelledCount: counts.cancelled,
    unfinishedCount: counts.unfinished,
  }
}

const broughtOf = (order: RecordedOrder, wayOf: (order: RecordedOrder) => number): Brought | undefined => {
  const { id: orderId, driverId, assignedAt, pickedUpAt, deliveredAt, placedAt, readyAt, promisedAt } = order
  if (driverId === null || assignedAt === null || pickedUpAt === null || deliveredAt === null) return undefined
  const floorSeconds = readyAt - placedAt + SERVICE.pickupAfter + wayOf(order) + SERVICE.dropoffBefore
  return { orderId, driverId, placedAt, readyAt, assignedAt, pickedUpAt, deliveredAt, promisedAt, floorSeconds }
}

const dutyOf = (shifts: Shifts['shifts'], endsAt: number) =>
  shifts.map(({ driverId, beganAt, endedAt }) => {
    const time: Interval = [Math.max(0, beganAt), Math.min(endsAt, endedAt)]
    return { driverId, time }
  })

export type ReplayOptions = { settings: ZoneSettings; roundSeconds: number; budgetMs: number | undefined }

/** The span once more, under a policy and settings. */
export const replay = async (
  read: Read,
  span: Span,
  { shifts }: Shifts,
  policy: ReplayPolicy,
  options: ReplayOptions,
): Promise<Replayed> => {
  const endsAt = secondsOf(span)
  const market = new ReplayedMarket(shifts)
  const arrivals = new Arrivals(reader(read, span), endsAt)
  const plan = createPlanning(policy, options)
  const roundMs: number[] = []
  let known: Knowledge = knowledgeOf([], span.timeZone)
  let learnedAt = Number.NEGATIVE_INFINITY
  let now = 0
  while (now < endsAt + TAIL_SECONDS) {
    if (now >= learnedAt + DAY_SECONDS) {
      learnedAt = now
      known = await read((sql) => readKnowledge(sql, span, instantOf(span, now)))
    }
    for (const order of await arrivals.until(now)) market.add(order, known(order.chefId, instantOf(span, now)))
    market.advance(now)
    await market.know(now)
    const planned = plan(market, now)
    if (planned) {
      roundMs.push(planned.ms)
      market.give(planned.assignments, now)
    }
    if (market.isQuiet && arrivals.nextAt === undefined) break
    const next = now + options.roundSeconds
    now = market.isQuiet ? Math.max(next, arrivals.nextAt!) : next
  }
  const brought = market.rides.filter(({ order }) => order.counts).map(broughtBy)
  const outcome = { brought, orderCount: arrivals.countedCount, rides: market.rides, shifts: dutyOf(shifts, endsAt) }
  return { policy, measures: measure(outcome), roundMs, brought, isApproximate: market.ways.isApproximate }
}

const broughtBy = ({ order, driverId, assignedAt, pickedUpAt, deliveredAt, floorSeconds }: Ride): Brought => {
  const { id: orderId, placedAt, readyAt, promisedAt } = order
  return { orderId, driverId, placedAt, readyAt, assignedAt, pickedUpAt, deliveredAt, promisedAt, floorSeconds }
}

/** Orders as their kitchens accept them, which is when dispatch hears of them. */
class Arrivals {
  #readUntil = 0
  #waiting: RecordedOrder[] = []
  countedCount = 0

  constructor(
    readonly read: ReadPart,
    readonly endsAt: number,
  ) {}

  /** The next instant to look at; undefined when there is nothing left. */
  get nextAt(): number | undefined {
    const first = this.#waiting.at(-1)?.acceptedAt
    if (this.#readUntil >= this.endsAt) return first
    return Math.min(first ?? Number.POSITIVE_INFINITY, this.#readUntil)
  }

  async until(now: number): Promise<RecordedOrder[]> {
    while (this.#readUntil < this.endsAt && this.#readUntil <= now) {
      const part = await this.read(this.#readUntil)
      this.#readUntil += PART_SECONDS
      this.countedCount += part.filter(countsAs).length
      this.#waiting = [...this.#waiting, ...part].sort((a, b) => b.acceptedAt - a.acceptedAt)
    }
    const due: RecordedOrder[] = []
    while (this.#waiting.length > 0 && this.#waiting.at(-1)!.acceptedAt <= now) due.push(this.#waiting.pop()!)
    return due
  }
}
