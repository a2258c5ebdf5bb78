import type { Order } from '#modules/api/orders/schema'
import type { Quote } from '#modules/api/quotes/schema'
import type { Account } from './account.ts'
import type { Checks } from './checks.ts'
import type { VirtualClock } from './clock.ts'
import type { Stream } from './stream.ts'

/** What the virtual people know of the run's orders together: what each was told, and when. */
export type Book = ReturnType<typeof createBook>

export type Outcome = 'delivered' | 'rejected' | 'cancelled' | 'failed'
export type Step = 'placed' | 'paid' | 'accepted' | 'ready' | 'assigned' | 'pickedUp' | 'delivered'

export type OrderRecord = {
  id: string
  session: number
  customer: Account
  quote: Quote | undefined
  /** As the 201 said it. */
  placed: Order
  /** Real time, by performance.now(): from here on its kitchen may know of it. */
  payAskedMs: number | undefined
  /** Virtual seconds, and real milliseconds, of what has happened. */
  at: Partial<Record<Step, number>>
  ms: Partial<Record<Step, number>>
  outcome: Outcome | undefined
  heldBy: string | undefined
  /** Support has taken part in who brings it: it may pass from one driver to the next before the first one hears. */
  isByHand: boolean
  deliveryCount: number
  stream: Stream | undefined
  /** When its customer was first shown just where the driver is, by Date.now(). */
  exactPlaceMs: number | undefined
  /** Somebody is still following it. */
  isFollowed: boolean
  whenOver: Promise<void>
  markOver: () => void
}

/** A 4xx of the server's tells the state; these are ends. */
const OUTCOMES: Record<string, Outcome> = {
  delivered: 'delivered',
  rejected: 'rejected',
  cancelled: 'cancelled',
  refunded: 'cancelled',
}

export const outcomeOf = (status: string | undefined): Outcome | undefined => OUTCOMES[status ?? '']

type Needs = { clock: VirtualClock; checks: Checks; keep: boolean }

export const createBook = ({ clock, checks, keep }: Needs) => {
  const records = new Map<string, OrderRecord>()
  const open = new Map<string, OrderRecord>()
  const outcomes = new Map<Outcome, number>()
  let placedCount = 0

  const step = (record: OrderRecord, name: Step) => {
    record.at[name] ??= clock.now()
    record.ms[name] ??= performance.now()
  }

  const close = (orderId: string, outcome: Outcome) => {
    const record = open.get(orderId)
    if (!record) return
    record.outcome = outcome
    if (outcome === 'delivered') step(record, 'delivered')
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    open.delete(orderId)
    if (!keep) records.delete(orderId)
    record.markOver()
  }

  return {
    records,
    open,
    outcomes,
    get placedCount() {
      return placedCount
    },
    find: (orderId: string) => records.get(orderId),
    step,
    stepOf: (orderId: string, name: Step) => {
      const record = records.get(orderId)
      if (record) step(record, name)
    },
    close,
    /** Closes what the server says is over. */
    closeAs: (orderId: string, status: string | undefined) => {
      const outcome = outcomeOf(status)
      if (outcome) close(orderId, outcome)
      return outcome !== undefined
    },
    place: (placed: Order, of: Pick<OrderRecord, 'session' | 'customer' | 'quote'>): OrderRecord => {
      const over = Promise.withResolvers<void>()
      const record: OrderRecord = {
        ...of,
        id: placed.id,
        placed,
        payAskedMs: undefined,
        at: {},
        ms: {},
        outcome: undefined,
        heldBy: undefined,
        isByHand: false,
        deliveryCount: 0,
        stream: undefined,
        exactPlaceMs: undefined,
        isFollowed: false,
        whenOver: over.promise,
        markOver: over.resolve,
      }
      placedCount++
      records.set(placed.id, record)
      open.set(placed.id, record)
      step(record, 'placed')
      return record
    },
    /** A driver has it now. Nobody else may, until it is let go. */
    hold: (orderId: string, driver: string) => {
      const record = records.get(orderId)
      if (!record || record.heldBy === driver) return
      checks.that(
        'oneDelivery',
        record.heldBy === undefined || record.isByHand,
        () => `${orderId} is held by ${record.heldBy} and by ${driver}`,
      )
      record.heldBy = driver
      step(record, 'assigned')
    },
    letGo: (orderId: string, driver: string) => {
      const record = records.get(orderId)
      if (record?.heldBy === driver) record.heldBy = undefined
    },
    delivered: (orderId: string, driver: string) => {
      const record = records.get(orderId)
      if (!record) return
      record.deliveryCount++
      checks.that('oneDelivery', record.deliveryCount === 1, () => `${orderId} was delivered again, by ${driver}`)
      close(orderId, 'delivered')
    },
    /** A kitchen has heard of an order: it must have been paid, or at least be about to be. */
    seenByKitchen: (orderId: string, how: string) => {
      const record = records.get(orderId)
      if (record)
        checks.that('unpaid', record.payAskedMs !== undefined, () => `${orderId} was seen by its kitchen ${how}`)
    },
  }
}
