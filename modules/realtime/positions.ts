import { database } from '#core/database'
import { driverTopic, type EventReader, orderTopic, type StoredEvent } from '#core/events'
import { coarsen } from '#core/geo'
import { DELIVERY_ACTIVE_STATUSES, type DeliveryStatus } from '#core/lifecycle/delivery-states'
import { log } from '#core/log'
import { type DriverFix, positions } from '#core/positions'
import type { Actor } from '#core/tokens'
import type { Hub } from './hub.ts'
import type { ServerFrame } from './messages.ts'

/** Which orders each driver has now; positions concern only them. */
type Carried = { driverId: string; status: DeliveryStatus }

const FOOD_ON_BOARD: readonly DeliveryStatus[] = ['picked_up', 'in_transit', 'at_dropoff']

/** Sends drivers' positions to who may see them: exact with the food on board, coarse before, none after. */
export const startPositions = async (hub: Hub, reader: EventReader) => {
  const carried = new Map<string, Carried>()

  const refresh = async (orderIds: readonly string[]) => {
    const rows = await database.sql<(Carried & { orderId: string })[]>`
      select order_id, driver_id, status from deliveries where order_id = any(${orderIds as string[]}::uuid[])`
    for (const { orderId, driverId, status } of rows) {
      if (driverId !== null && DELIVERY_ACTIVE_STATUSES.includes(status)) carried.set(orderId, { driverId, status })
      else carried.delete(orderId)
    }
  }

  const onEvents = (events: readonly StoredEvent[]) => {
    const orderIds = events.flatMap(({ data }) => (typeof data.orderId === 'string' ? [data.orderId] : []))
    if (orderIds.length === 0) return
    // Until it is known who has them, nobody is shown anything: too little is safer than too much.
    for (const orderId of orderIds) carried.delete(orderId)
    return refresh([...new Set(orderIds)])
  }

  const onFix = (fix: DriverFix) => {
    const topic = driverTopic(fix.driverId)
    if (hub.hasSubscribers(topic)) hub.publish(topic, () => frameOf(topic, fix, false))
    for (const [orderId, { driverId, status }] of carried) {
      if (driverId !== fix.driverId || !hub.hasSubscribers(orderTopic(orderId))) continue
      const isCoarse = !FOOD_ON_BOARD.includes(status)
      hub.publish(orderTopic(orderId), (actor) => frameOf(orderTopic(orderId), fix, isCoarse && !seesExactly(actor)))
    }
  }

  const active = DELIVERY_ACTIVE_STATUSES as DeliveryStatus[]
  const rows = await database.sql<(Carried & { orderId: string })[]>`
    select order_id, driver_id, status from deliveries where status = any(${active})`
  for (const { orderId, driverId, status } of rows) carried.set(orderId, { driverId, status })
  const stops = [reader.handle(onEvents), positions.subscribe(onFix)]
  log.debug({ carried: carried.size }, 'positions follow deliveries')
  return () => {
    for (const stop of stops) stop()
  }
}

const seesExactly = ({ role }: Actor) => role === 'admin' || role === 'driver'

const frameOf = (topic: string, fix: DriverFix, isCoarse: boolean): ServerFrame => {
  const { driverId, recordedAt } = fix
  if (isCoarse) return { type: 'position', topic, driverId, ...coarsen(fix), recordedAt, isCoarse }
  const { lat, lng, speedMps, headingDegrees } = fix
  return { type: 'position', topic, driverId, lat, lng, recordedAt, isCoarse, speedMps, headingDegrees }
}
