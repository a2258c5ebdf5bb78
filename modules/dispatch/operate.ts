import { database, type Sql } from '#core/database'
import { distanceMeters } from '#core/geo'
import { leaveOffer, releaseDelivery } from '#core/lifecycle/deliveries'
import { announceOrder, type Move, moveDelivery, orderConflict } from '#core/lifecycle/transitions'
import { positions } from '#core/positions'
import { conflict, notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import { findZones, settingsOf, ZoneSettings } from '#core/zones'
import { profileOfVehicle, routing } from '#modules/routing/index'
import type { Decision } from './engine/policy.ts'
import { findHeld, give, lockDriver } from './holdings.ts'
import { tellDriver, withdrawOffers } from './offers.ts'
import * as queries from './queries.ts'
import { rideTimes } from './ride-times.ts'
import type { Assignment, AssignRequest, NearbyQuery, Route } from './schema.ts'
import { decisionOf, freeDrivers, policy, snapshotOf } from './snapshot.ts'
import { type RouteStop, stopsLeft } from './stop-order.ts'

/** What operators and drivers ask of dispatch, beside the rounds. */

/** Gives an order to a driver by hand, or to the one the policy would choose. Recorded like any decision. */
export const assign = async (
  actor: Actor,
  { orderId, driverId, mayBundle = false }: AssignRequest,
  now: Date,
): Promise<Assignment> => {
  const row = await queries.findOpenDelivery(database.sql, orderId, now)
  if (!row) throw await orderConflict(database.sql, orderId)
  const chosen = driverId ? await namedDriver(driverId, row) : await bestDriver(row, now)
  const assignment = await database.begin((tx) => assignChosen(tx, actor, chosen, mayBundle, now))
  // Not within: an offer is of another order, whose lock must come before its delivery's.
  await withdrawOffers(chosen.driverId, now)
  return assignment
}

type Chosen = Decision & { driverId: string }

const assignChosen = async (tx: Sql, actor: Actor, chosen: Chosen, mayBundle: boolean, now: Date) => {
  const { orderId, driverId, pickupSeconds } = chosen
  const [order] = await queries.lockOrders(tx, [orderId])
  const assignment = { orderId, driverId, status: 'assigned' as const, pickupSeconds }
  const move: Move = { by: 'admin', actorId: actor.userId, reason: 'Assigned by hand.', now }
  // He may have accepted it this moment: to be taken from himself would only confuse him.
  if ((await takeFromOthers(tx, order!, driverId, move)) === 'is his') return assignment
  const driver = (await lockDriver(tx, driverId))!
  const held = await findHeld(tx, driverId)
  if (held.length > 0 && !mayBundle) throw conflict('driver-busy', 'This driver is still bringing another order.')
  const given = await give(tx, {
    driver,
    held,
    orders: [order!],
    event: 'assign',
    move: { by: 'admin', actorId: actor.userId, now },
  })
  await queries.liftBlock(tx, orderId, driverId)
  const decision = { ...decisionOf(order!.zoneId, chosen, now), outcome: 'assigned' as const, actorId: actor.userId }
  await queries.insertDecision(tx, decision)
  await announceOrder(tx, 'delivery.assigned', order!, given[0]!.delivery, now, { driverId })
  return assignment
}

const namedDriver = async (driverId: string, row: queries.OpenDeliveryRow) => {
  const [driver] = await database.sql<queries.FreeDriverRow[]>`
    select id, vehicle_type, capacity, offers_answered, offers_accepted from drivers where id = ${driverId} and verification_status = 'approved'`
  if (!driver) throw notFound('driver')
  const [fix] = await positions.get([driverId])
  const pickup = { lat: row.pickupLat, lng: row.pickupLng }
  const leg = fix && (await routing.leg(fix, pickup, profileOfVehicle(driver.vehicleType)))
  const pickupSeconds = leg?.durationSeconds ?? 0
  return { orderId: row.orderId, driverId, pickupSeconds, candidates: [{ driverId, pickupSeconds }] }
}

/** Who is thinking about this very order can be given it as well as any other. */
const bestDriver = async (row: queries.OpenDeliveryRow, now: Date) => {
  const snapshot = await snapshotOf([row], await settingsOfOrder(row.orderId), now, row.orderId)
  const [decision] = policy.plan({ ...snapshot, leadSeconds: Number.MAX_SAFE_INTEGER / 1000 })
  const driverId = decision?.driverId
  if (!decision || !driverId) throw conflict('no-driver-available', 'No free driver is near this kitchen.')
  return { ...decision, driverId }
}

const settingsOfOrder = async (orderId: string): Promise<ZoneSettings> => {
  const [zone] = await database.sql<{ settings: unknown }[]>`
    select z.settings from zones z join orders o on o.zone_id = z.id where o.id = ${orderId}`
  return settingsOf(zone?.settings)
}

type Holder = { status: string; driverId: string | null; offerId: string | null; askedDriverId: string | null }

/**
 * Takes a delivery back from the driver who has it or is being asked, and tells him; unless he is the one who is to have
 * it. The caller holds the order's lock.
 */
export const takeFromOthers = async (
  tx: Sql,
  order: queries.LockedOrder,
  driverId: string,
  move: Move,
): Promise<'is his' | 'is free'> => {
  const [known] = await tx<Holder[]>`
    select d.status, d.driver_id, d.offer_id, f.driver_id as asked_driver_id
    from deliveries d left join offers f on f.id = d.offer_id where d.order_id = ${order.id} for update of d`
  if (known?.status === 'assigned' || known?.status === 'at_pickup') {
    if (known.status === 'assigned' && known.driverId === driverId) return 'is his'
    const moved = await releaseDelivery(tx, order.id, 'unassign', move)
    const had = { status: moved.status, driverId: moved.fromDriverId }
    await announceOrder(tx, 'delivery.unassigned', order, had, move.now, { reason: move.reason })
  }
  if (known?.offerId) {
    await moveDelivery(tx, order.id, 'withdraw', move, { offer_id: null })
    await leaveOffer(tx, known.offerId, order.id, move.now, move.reason)
    await tellDriver(tx, known.askedDriverId!, 'offer.withdrawn', known.offerId, [order.id], move.now)
  }
  return 'is free'
}

const NEARBY_DRIVERS_MAX = 200

export const nearbyDrivers = async ({ lat, lng, radiusKm }: NearbyQuery, now: Date) => {
  const point = { lat, lng }
  const [zone] = await findZones(database.sql)
  const free = await freeDrivers(zone ? settingsOf(zone.settings) : ZoneSettings.parse({}), now)
  const near = free
    .map((driver) => ({ ...driver, distanceMeters: Math.round(distanceMeters(driver.position, point)) }))
    .filter((driver) => driver.distanceMeters <= radiusKm * 1000)
    .sort((a, b) => a.distanceMeters - b.distanceMeters)
    .slice(0, NEARBY_DRIVERS_MAX)
  const { seconds } = await rideTimes(near, [point])
  const data = near.map(({ driverId, vehicleType, position, recordedAt, distanceMeters }, index) => ({
    driverId,
    vehicleType,
    position: { ...position, recordedAt },
    distanceMeters,
    durationSeconds: seconds[index]![0]!,
  }))
  return { data }
}

/** The stops of the asking driver, first to last, with when he is expected there. */
export const driverRoute = async (actor: Actor, now: Date): Promise<Route> =>
  routeOf(await queries.findStopsOfUser(database.sql, actor.userId), now)

export const routeOf = async (rows: readonly queries.StopRow[], now: Date): Promise<Route> => {
  const driverId = rows[0]?.driverId ?? null
  const profile = profileOfVehicle(rows[0]?.vehicleType ?? '')
  const [fix] = driverId ? await positions.get([driverId]) : []
  const byOrder = new Map(rows.map((row) => [row.orderId, row]))
  let at = now.getTime()
  let from = fix ? { lat: fix.lat, lng: fix.lng } : undefined
  const stops: Route['stops'] = []
  for (const { type, orderId } of stopsLeft(rows[0]?.route ?? [], rows.map(carriedOf))) {
    const row = byOrder.get(orderId)!
    const stop = { type, orderId, ...placeOf(row, type) }
    if (from) at += (await routing.leg(from, stop.location, profile)).durationSeconds * 1000
    if (type === 'pickup' && row.readyAt) at = Math.max(at, Date.parse(row.readyAt))
    stops.push({ ...stop, plannedAt: new Date(at).toISOString() })
    from = stop.location
  }
  return { driverId, stops }
}

const carriedOf = ({ orderId, chefId, deliveryStatus }: queries.StopRow) => ({
  orderId,
  kitchen: chefId,
  isPickedUp: deliveryStatus !== 'assigned' && deliveryStatus !== 'at_pickup',
})

const placeOf = (row: queries.StopRow, type: RouteStop['type']) =>
  type === 'pickup'
    ? { location: { lat: row.pickupLat, lng: row.pickupLng }, address: row.pickupAddress }
    : { location: { lat: row.dropoffLat, lng: row.dropoffLng }, address: row.dropoffAddress }
