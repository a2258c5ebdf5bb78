import { database } from '#core/database'
import { recordEvent, zoneTopic } from '#core/events'
import { distanceMeters } from '#core/geo'
import type { ZoneSettings } from '#core/zones'
import type { Heard } from './believed.ts'
import { judge } from './progress.ts'
import { isBeforePickup, relieve, troubles } from './relief.ts'
import { stopsLeft } from './stop-order.ts'
import * as queries from './watch-queries.ts'

/** Drivers who do not go where their orders are: marked, then relieved; of food on board operators are told. */

const POLICY = 'astray-driver'
const REASONS = {
  'drives off': 'The driver drove away from the kitchen.',
  'comes no nearer': 'The driver did not come nearer to the kitchen.',
}

/** Only the stop that is next: on the way to one he may well move away from another. */
export const follow = async (driver: queries.WatchedDriver, { at, atMs }: Heard, limits: ZoneSettings, now: Date) => {
  const next = nextStop(driver)
  // An old place says nothing of where he goes; that he is silent is another matter.
  if (!next || now.getTime() - atMs >= limits.driverSilentSeconds * 1000) return
  const { orderId, nearestMeters, nearerAt, astrayAt } = next
  const before = nearestMeters === null ? undefined : { nearestMeters, nearerAt: new Date(nearerAt!) }
  const hasFood = !isBeforePickup(next)
  const place = hasFood ? next.dropoff : next.pickup
  const dueAt = hasFood ? next.pickedUpAt : next.readyAt
  const said = judge(before, distanceMeters(at, place), dueAt === null ? now : new Date(dueAt), now, limits)
  if (said.is === 'nearer') {
    const { nearestMeters: meters, nearerAt: since } = said.progress
    await queries.noteProgress(database.sql, orderId, driver.id, meters, since)
    return
  }
  // Who stands at the kitchen, as he says, need not come nearer; but he is to stay.
  if (said.is !== 'astray' || (next.status === 'at_pickup' && said.why !== 'drives off')) return
  if (astrayAt === null) return tellAstray(driver.id, next, said.why, now)
  if (hasFood || now.getTime() - Date.parse(astrayAt) < limits.astrayRelievedSeconds * 1000) return
  await relieveAll(driver, next, astrayAt, REASONS[said.why], now)
}

/** Those that he has not picked up, the one that he drives away from last: by its mark is known that it is still so. */
const relieveAll = async (
  { id, orders }: queries.WatchedDriver,
  next: queries.WatchedOrder,
  astrayAt: string,
  reason: string,
  now: Date,
) => {
  const isDue = queries.isStillAstray(next.orderId, id, astrayAt)
  const waiting = orders.filter((order) => isBeforePickup(order) && order !== next)
  for (const order of [...waiting, next]) {
    const isHisStill = queries.isHisBeforePickup(order.orderId, id)
    await relieve(
      id,
      order,
      {
        policy: POLICY,
        reason,
        trouble: 'astray_relieved',
        isDue: async (tx) => (await isDue(tx)) && isHisStill(tx),
      },
      now,
    )
  }
}

const nextStop = ({ route, orders }: queries.WatchedDriver) => {
  const carried = orders.map((order) => ({
    orderId: order.orderId,
    kitchen: order.chefId,
    isPickedUp: !isBeforePickup(order),
  }))
  const [next] = stopsLeft(route, carried)
  return orders.find(({ orderId, status }) => orderId === next?.orderId && status !== 'at_dropoff')
}

const tellAstray = (
  driverId: string,
  order: queries.WatchedOrder,
  why: 'drives off' | 'comes no nearer',
  now: Date,
): Promise<void> =>
  database.begin(async (tx) => {
    const { orderId, zoneId } = order
    if (!(await queries.markAstray(tx, orderId, driverId, order.status, now))) return
    const data = { orderId, driverId, why, hasFood: !isBeforePickup(order) }
    await recordEvent(tx, { topics: [zoneTopic(zoneId)], type: 'delivery.astray', data, occurredAt: now })
    troubles.inc({ trouble: data.hasFood ? 'astray_with_food' : 'astray' })
  })
