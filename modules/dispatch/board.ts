import { database, problemOfDatabaseError, type Sql } from '#core/database'
import { driverTopic, recordEvent, TOPICS_MAX, zoneTopic } from '#core/events'
import { coarsen, distanceMeters } from '#core/geo'
import { newId } from '#core/ids'
import { announceOrder } from '#core/lifecycle/transitions'
import { log } from '#core/log'
import { counter } from '#core/metrics'
import { positions } from '#core/positions'
import { conflict, notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import { findZones, settingsOf, type ZoneSettings } from '#core/zones'
import * as queries from './board-queries.ts'
import type { Board, Claim } from './board-schema.ts'
import { findHeld, give, lockDriver } from './holdings.ts'
import { withdrawOffers } from './offers.ts'
import { insertDecision, type LockedOrder, lockIdleOrders, lockOrders } from './queries.ts'

/** The last resort: an order that nobody took is shown to all drivers, and operators hear of it. Rounds still offer it. */

const boardSteps = counter('dispatch_board_total', 'Orders that nobody took, by what became of them', ['step'])

/** So many drivers are told of one order, the nearest first. */
const TOLD_MAX = 100

/** Posts what has waited too long and tells operators of what waits far too long; each once. */
export const postUntaken = async (now: Date, signal?: AbortSignal) => {
  const zones = new Map((await findZones(database.sql)).map(({ id, settings }) => [id, settingsOf(settings)]))
  const patience = [...zones].map(([zoneId, { boardAfterSeconds, untakenAlertSeconds }]) => ({
    zoneId,
    boardAfterSeconds,
    untakenAlertSeconds,
  }))
  for (const row of await queries.findUntaken(database.sql, patience, now)) {
    if (signal?.aborted) return
    await bringForward(row, zones, now).catch((error: unknown) => {
      if (problemOfDatabaseError(error)?.slug !== 'busy') throw error
    })
  }
}

/** An order that somebody is changing comes up again at the next look. */
const bringForward = (row: queries.UntakenRow, zones: ReadonlyMap<string, ZoneSettings>, now: Date) =>
  database.begin(async (tx) => {
    const [order] = await lockIdleOrders(tx, [row.orderId])
    if (!order) return
    if (row.isToPost && (await queries.post(tx, row, now))) {
      await tellDrivers(tx, order, zones.get(order.zoneId)!, now)
      boardSteps.inc({ step: 'posted' })
    }
    if (row.isToTell && (await queries.markUntaken(tx, row, now))) {
      const data = { orderId: order.id, waitedSeconds: Math.round(row.waitedSeconds) }
      await recordEvent(tx, { topics: [zoneTopic(order.zoneId)], type: 'delivery.untaken', data, occurredAt: now })
      boardSteps.inc({ step: 'untaken' })
      log.warn({ orderId: order.id }, 'nobody takes this delivery')
    }
  })

const tellDrivers = async (tx: Sql, { id, zoneId }: LockedOrder, { dispatchRadiusMeters }: ZoneSettings, now: Date) => {
  const kitchen = await queries.kitchenOf(tx, id)
  const drivers = await queries.findEligible(tx, id)
  const fixes = await positions.get(drivers)
  const near = drivers
    .flatMap((driverId, index) => (fixes[index] ? [{ driverId, meters: distanceMeters(fixes[index], kitchen) }] : []))
    .filter(({ meters }) => meters <= dispatchRadiusMeters)
    .sort((a, b) => a.meters - b.meters || (a.driverId < b.driverId ? -1 : 1))
    .slice(0, TOLD_MAX)
  const topics = [zoneTopic(zoneId), ...near.map(({ driverId }) => driverTopic(driverId))]
  for (let start = 0; start < topics.length; start += TOPICS_MAX) {
    const some = topics.slice(start, start + TOPICS_MAX)
    await recordEvent(tx, { topics: some, type: 'board.posted', data: { orderId: id }, occurredAt: now })
  }
}

/** Empty for who is off duty or has no room: he may not claim. */
export const boardOf = async ({ userId }: Actor, _now: Date): Promise<Board> => {
  const driverId = await queries.findEligibleOfUser(database.sql, userId)
  if (!driverId) return { data: [] }
  const [fix] = await positions.get([driverId])
  const data = (await queries.findBoard(database.sql, driverId)).map((row) => {
    const kitchen = { lat: row.pickupLat, lng: row.pickupLng }
    const { orderId, payCents, currency, readyAt, postedAt } = row
    return {
      ...{ orderId, payCents, currency, readyAt, postedAt },
      pickup: { name: row.chefName, location: coarsen(kitchen) },
      dropoff: { name: row.dropoffCity, location: coarsen({ lat: row.dropoffLat, lng: row.dropoffLng }) },
      distanceMeters: fix ? Math.round(distanceMeters(fix, kitchen)) : null,
    }
  })
  return { data: data.toSorted((a, b) => (a.distanceMeters ?? 0) - (b.distanceMeters ?? 0)) }
}

const POLICY = 'board'

/** The first has it. Throws 404 for an order that is not shown to him, 409 when another was faster or he may not. */
export const claim = async (actor: Actor, orderId: string, now: Date): Promise<Claim> => {
  const [own] = await database.sql<{ id: string }[]>`select id from drivers where user_id = ${actor.userId}`
  if (!own) throw notFound('driver')
  const claimed = await database.begin(async (tx) => {
    const [order] = await lockOrders(tx, [orderId])
    const found = order && (await queries.findClaimable(tx, orderId, own.id))
    if (!order || !found?.wasOnBoard || found.isBlocked) throw notFound('order')
    if (!found.isOnBoard) throw conflict('order-taken', 'This order is not on the board any more.')
    const driver = (await lockDriver(tx, own.id))!
    if (!driver.isAvailable || !driver.isApproved || driver.silentSince !== null) {
      throw conflict('driver-off-duty', 'Only a driver who is on duty may take an order from the board.')
    }
    const held = await findHeld(tx, own.id)
    const move = { by: 'driver' as const, actorId: actor.userId, now }
    const [given] = await give(tx, { driver, held, orders: [order], event: 'claim', move })
    const decision = {
      id: newId(),
      zoneId: order.zoneId,
      orderId,
      driverId: own.id,
      policy: POLICY,
      candidates: [],
      now,
    }
    await insertDecision(tx, { ...decision, outcome: 'claimed' })
    await announceOrder(tx, 'delivery.assigned', order, given!.delivery, now, { driverId: own.id })
    boardSteps.inc({ step: 'claimed' })
    const { payCents, currency } = found
    return { orderId, driverId: own.id, status: 'assigned' as const, payCents, currency }
  })
  // Not within: an offer is of another order, whose lock must come before its delivery's.
  await withdrawOffers(own.id, now)
  return claimed
}
