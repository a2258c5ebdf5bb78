import { database, type Sql } from '#core/database'
import { driverTopic, recordEvent, zoneTopic } from '#core/events'
import { newId } from '#core/ids'
import { blockDriver, leaveOffer, releaseDelivery } from '#core/lifecycle/deliveries'
import type { DeliveryStatus } from '#core/lifecycle/delivery-states'
import { announceOrder, type Move, moveDelivery, orderConflict } from '#core/lifecycle/transitions'
import { conflict, notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import { acceptanceShare } from './acceptance.ts'
import type {
  DriverSettings,
  DriverSettingsChange,
  Handled,
  OrderAndReason,
  Pair,
  PairAndReason,
  RouteChange,
} from './control-schema.ts'
import type { DecisionOutcome } from './decisions.ts'
import { findHeld, lockDriver, setRoute } from './holdings.ts'
import { tellDriver } from './offers.ts'
import { routeOf } from './operate.ts'
import * as queries from './queries.ts'
import type { Route } from './schema.ts'
import { isWholeRoute } from './stop-order.ts'

/** An operator's hand in what dispatch does. Each is a decision like those of the rounds, and says who and why. */

const POLICY = 'by hand'

type Delivery = {
  status: DeliveryStatus
  driverId: string | null
  offerId: string | null
  askedDriverId: string | null
} & {
  heldAt: string | null
}

type Hand = { tx: Sql; order: queries.LockedOrder; delivery: Delivery; move: Move }

/** Runs under the order's lock, writes the decision, and says how the delivery stands then. */
const handle = (
  actor: Actor,
  { orderId, reason = null, driverId = null }: { orderId: string; reason?: string | null; driverId?: string | null },
  outcome: DecisionOutcome,
  now: Date,
  run: (hand: Hand) => Promise<unknown>,
): Promise<Handled> =>
  database.begin(async (tx) => {
    const [order] = await queries.lockOrders(tx, [orderId])
    if (!order) throw notFound('order')
    const delivery = await findDelivery(tx, orderId)
    if (!delivery) throw await orderConflict(tx, orderId)
    await run({ tx, order, delivery, move: { by: 'admin', actorId: actor.userId, reason, now } })
    await queries.insertDecision(tx, {
      id: newId(),
      zoneId: order.zoneId,
      orderId,
      outcome,
      driverId: driverId ?? delivery.driverId ?? delivery.askedDriverId,
      policy: POLICY,
      candidates: [],
      actorId: actor.userId,
      reason,
      now,
    })
    const after = (await findDelivery(tx, orderId))!
    return { orderId, deliveryStatus: after.status, isHeld: after.heldAt !== null, driverId: after.driverId }
  })

const findDelivery = async (tx: Sql, orderId: string) => {
  const [row] = await tx<Delivery[]>`
    select d.status, d.driver_id, d.offer_id, f.driver_id as asked_driver_id, d.held_at
    from deliveries d left join offers f on f.id = d.offer_id where d.order_id = ${orderId} for update of d`
  return row
}

/** Nobody has it then, and nobody is asked: he who had it hears so. Throws 409 when the food is with a driver. */
const takeAway = async ({ tx, order, delivery, move }: Hand) => {
  if (delivery.offerId) {
    const moved = await moveDelivery(tx, order.id, 'withdraw', move, { offer_id: null })
    await leaveOffer(tx, delivery.offerId, order.id, move.now, move.reason)
    await tellDriver(tx, delivery.askedDriverId!, 'offer.withdrawn', delivery.offerId, [order.id], move.now)
    await announceOrder(tx, 'delivery.unassigned', order, moved, move.now, { reason: move.reason })
  } else if (delivery.driverId) {
    const { status, fromDriverId } = await releaseDelivery(tx, order.id, 'unassign', move)
    const had = { status, driverId: fromDriverId }
    await announceOrder(tx, 'delivery.unassigned', order, had, move.now, { reason: move.reason })
  }
}

export const unassign = (actor: Actor, asked: OrderAndReason, now: Date) =>
  handle(actor, asked, 'unassigned', now, async (hand) => {
    if (!hand.delivery.driverId && !hand.delivery.offerId) throw await orderConflict(hand.tx, asked.orderId)
    await takeAway(hand)
  })

/** Kept back from rounds and board until it is released; who thinks about it need not. */
export const hold = (actor: Actor, asked: OrderAndReason, now: Date) =>
  handle(actor, asked, 'held', now, async (hand) => {
    const { tx, order, delivery } = hand
    if (delivery.status !== 'unassigned' && delivery.status !== 'offered') throw await orderConflict(tx, order.id)
    await takeAway(hand)
    await tx`
      update deliveries set held_at = coalesce(held_at, ${now}), held_reason = ${asked.reason}, on_board_at = null
      where order_id = ${order.id}`
    await tellOperators(tx, order.zoneId, 'delivery.held', { orderId: order.id, reason: asked.reason }, now)
  })

export const release = (actor: Actor, orderId: string, now: Date) =>
  handle(actor, { orderId }, 'released', now, async ({ tx, order, delivery }) => {
    if (delivery.heldAt === null) throw conflict('order-not-held', 'Nobody keeps this order back.')
    await tx`
      update deliveries set held_at = null, held_reason = null, waiting_since = ${now}, untaken_at = null
      where order_id = ${orderId}`
    await tellOperators(tx, order.zoneId, 'delivery.released', { orderId }, now)
  })

const BEFORE_PICKUP: readonly DeliveryStatus[] = ['unassigned', 'offered', 'assigned', 'at_pickup']

/** He is neither asked for it nor may claim it; and has it no longer, if he had not picked it up. */
export const block = async (actor: Actor, asked: PairAndReason, now: Date) => {
  await assertDriver(asked.driverId)
  return handle(actor, asked, 'blocked', now, async (hand) => {
    const { tx, delivery, move } = hand
    if (!BEFORE_PICKUP.includes(delivery.status)) throw await orderConflict(tx, asked.orderId)
    if (delivery.driverId === asked.driverId || delivery.askedDriverId === asked.driverId) await takeAway(hand)
    await blockDriver(tx, asked.orderId, asked.driverId, 'operator', move)
  })
}

export const unblock = async (actor: Actor, asked: Pair, now: Date) =>
  handle(actor, asked, 'unblocked', now, async ({ tx }) => {
    const lifted = await queries.liftBlock(tx, asked.orderId, asked.driverId)
    if (lifted.count === 0) throw notFound('block')
  })

const tellOperators = (tx: Sql, zoneId: string, type: string, data: Record<string, unknown>, now: Date) =>
  recordEvent(tx, { topics: [zoneTopic(zoneId)], type, data, occurredAt: now })

const assertDriver = async (driverId: string) => {
  const [row] = await database.sql`select id from drivers where id = ${driverId}`
  if (!row) throw notFound('driver')
}

export const routeOfDriver = async (driverId: string, now: Date): Promise<Route> => {
  await assertDriver(driverId)
  return { ...(await routeOf(await queries.findStopsOfDriver(database.sql, driverId), now)), driverId }
}

/** Throws 409 when the stops are not just those that are left: the route has moved on, or food would be brought before it is had. */
export const changeRoute = async (
  actor: Actor,
  driverId: string,
  { stops }: RouteChange,
  now: Date,
): Promise<Route> => {
  await database.begin(async (tx) => {
    const driver = await lockDriver(tx, driverId)
    if (!driver) throw notFound('driver')
    const held = await findHeld(tx, driverId)
    if (!isWholeRoute(stops, held)) {
      throw conflict('route-changed', 'These are not the stops that are left, each pickup before its dropoff.')
    }
    await setRoute(tx, driverId, stops)
    const orders = await tx<{ id: string; zoneId: string }[]>`
      select id, zone_id from orders where id = any(${held.map(({ orderId }) => orderId)}::uuid[])`
    for (const { id, zoneId } of orders) {
      await queries.insertDecision(tx, {
        ...{ id: newId(), zoneId, orderId: id, outcome: 'reordered', driverId, policy: POLICY, candidates: [], now },
        actorId: actor.userId,
      })
    }
    const data = { driverId, stops }
    await recordEvent(tx, { topics: [driverTopic(driverId)], type: 'route.changed', data, occurredAt: now })
  })
  return routeOfDriver(driverId, now)
}

type SettingsRow = Omit<DriverSettings, 'acceptanceShare'> & { offersAnswered: number; offersAccepted: number }

export const driverSettings = async (driverId: string): Promise<DriverSettings> => {
  const [row] = await database.sql<SettingsRow[]>`
    select id as driver_id, is_employed, capacity, silent_since, offers_answered, offers_accepted
    from drivers where id = ${driverId}`
  if (!row) throw notFound('driver')
  return { ...row, acceptanceShare: acceptanceShare(row) }
}

export const changeDriverSettings = async (driverId: string, change: DriverSettingsChange): Promise<DriverSettings> => {
  await database.sql`
    update drivers set is_employed = coalesce(${change.isEmployed ?? null}, is_employed),
      capacity = coalesce(${change.capacity ?? null}, capacity)
    where id = ${driverId}`
  return driverSettings(driverId)
}
