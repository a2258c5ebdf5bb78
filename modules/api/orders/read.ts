import { z } from 'zod'
import { database } from '#core/database'
import { coarsen } from '#core/geo'
import { Id } from '#core/ids'
import { DELIVERY_ACTIVE_STATUSES, type DeliveryStatus } from '#core/lifecycle/delivery-states'
import { ORDER_STATUSES, type OrderStatus } from '#core/lifecycle/order-states'
import type { ShownStatus } from '#core/lifecycle/shown-states'
import { decodeCursor, type Page, pageFrom } from '#core/pagination'
import { positions } from '#core/positions'
import { notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import * as queries from './queries.ts'
import type { Order, OrderListQuery, Tracking } from './schema.ts'
import { orderOf } from './view.ts'

export const getOrder = async (actor: Actor, orderId: string): Promise<Order> => {
  const row = await queries.findOrder(database.sql, actor, orderId)
  if (!row) throw notFound('order')
  return orderOf(row, actor)
}

export const getOrders = async (actor: Actor, { cursor, limit, status }: OrderListQuery): Promise<Page<Order>> => {
  const beforeId = decodeCursor(cursor, Id)
  const rows = await queries.listOrders(database.sql, actor, { beforeId, ...filterOf(status), limit: limit + 1 })
  const page = pageFrom(rows, limit, ({ id }) => id)
  return { data: page.data.map((row) => orderOf(row, actor)), nextCursor: page.nextCursor }
}

const WITH_DRIVER: DeliveryStatus[] = ['assigned', 'at_pickup']
const ON_THE_WAY: DeliveryStatus[] = ['in_transit', 'at_dropoff']

/** The states of both machines that make up a shown status: the inverse of shownStatus. */
const filterOf = (status: ShownStatus | undefined) => {
  if (status === undefined) return {}
  if (status === 'assigned_to_driver')
    return { statuses: ['ready_for_pickup'] as OrderStatus[], deliveryStatuses: WITH_DRIVER }
  if (status === 'in_transit') return { statuses: ['picked_up'] as OrderStatus[], deliveryStatuses: ON_THE_WAY }
  if (status === 'ready_for_pickup')
    return { statuses: [status] as OrderStatus[], deliveryStatuses: without(WITH_DRIVER) }
  if (status === 'picked_up') return { statuses: [status] as OrderStatus[], deliveryStatuses: without(ON_THE_WAY) }
  return { statuses: z.array(z.enum(ORDER_STATUSES)).parse([status]) }
}

const without = (these: readonly DeliveryStatus[]) =>
  (['unassigned', 'offered', ...DELIVERY_ACTIVE_STATUSES] as DeliveryStatus[]).filter((one) => !these.includes(one))

/** Where an order is. The driver's place is exact only while the food is with him, coarse before, and absent after. */
export const getTracking = async (actor: Actor, orderId: string): Promise<Tracking> => {
  const row = await queries.findOrder(database.sql, actor, orderId)
  if (!row) throw notFound('order')
  const order = orderOf(row, actor)
  const history = await queries.readHistory(database.sql, orderId)
  return {
    orderId,
    orderNumber: order.orderNumber,
    status: order.status,
    deliveryStatus: order.deliveryStatus,
    totalCents: order.totalCents,
    currency: order.currency,
    eta: order.eta,
    pickupEta: order.pickupEta,
    promise: order.promise,
    kitchen: { name: row.chefName, location: coarsen({ lat: row.pickupLat, lng: row.pickupLng }) },
    destination: destinationFor(actor, row),
    driver: await driverOf(row),
    history: history.map(({ machine, event, toStatus, actorRole, at }) => ({
      machine,
      event,
      status: toStatus,
      actor: actorRole,
      at,
    })),
  }
}

/** A chef need not know where the customer lives, only about how far; a driver only while the delivery is with him. */
const destinationFor = ({ role }: Actor, { deliveryStatus, dropoffLat, dropoffLng }: queries.OrderRow) => {
  const door = { lat: dropoffLat, lng: dropoffLng }
  const isWithDriver = deliveryStatus !== null && DELIVERY_ACTIVE_STATUSES.includes(deliveryStatus)
  return role === 'chef' || (role === 'driver' && !isWithDriver) ? coarsen(door) : door
}

const FOOD_ON_BOARD: readonly DeliveryStatus[] = ['picked_up', 'in_transit', 'at_dropoff']

const driverOf = async (row: queries.OrderRow): Promise<Tracking['driver']> => {
  const status = row.deliveryStatus
  if (row.driverId === null || status === null) return null
  const driver = await queries.findDriverOfOrder(database.sql, row.id)
  if (!driver) return null
  if (!DELIVERY_ACTIVE_STATUSES.includes(status)) return { ...driver, position: null }
  const [fix] = await positions.get([row.driverId])
  if (!fix) return { ...driver, position: null }
  const isCoarse = !FOOD_ON_BOARD.includes(status)
  const place = isCoarse ? coarsen(fix) : { lat: fix.lat, lng: fix.lng }
  return { ...driver, position: { ...place, recordedAt: fix.recordedAt, isCoarse } }
}
