import type { Sql } from '#core/database'
import { type Columns, type Move, moveDelivery } from '#core/lifecycle/transitions'
import { conflict } from '#core/problem'
import type { LockedOrder } from './queries.ts'
import { type Carried, type RouteStop, stopsLeft, stopsWith } from './stop-order.ts'

/** What a driver has to bring: at most as many orders as he takes, in the order of his route. */

/** The most that any driver brings at once; the database has no slot for a fifth. */
export const BUNDLE_ORDERS_MAX = 4

export type LockedDriver = {
  id: string
  userId: string
  isAvailable: boolean
  isApproved: boolean
  isEmployed: boolean
  capacity: number
  route: RouteStop[]
  silentSince: string | null
}

/**
 * Until the transaction ends, who gives him an order, takes him off duty or changes his route waits. After the orders and
 * the offer, always; what he has is read after it, so that it is what the one before has left.
 */
export const lockDriver = async (tx: Sql, driverId: string) => {
  const [row] = await tx<LockedDriver[]>`
    select id, user_id, is_available, verification_status = 'approved' as is_approved, is_employed, capacity, route,
      silent_since
    from drivers where id = ${driverId} for update`
  return row
}

export type Held = Carried & { slot: number }

export const findHeld = (sql: Sql, driverId: string) => sql<Held[]>`
  select d.order_id, o.chef_id as kitchen, d.status not in ('assigned', 'at_pickup') as is_picked_up, d.slot
  from deliveries d join orders o on o.id = d.order_id
  where d.driver_id = ${driverId} and d.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
  order by d.assigned_at, d.order_id`

/** Throws 409 when they are more than he takes. */
export const assertRoom = (driver: LockedDriver, held: readonly Held[], addedCount: number) => {
  if (held.length + addedCount <= driver.capacity) return
  throw conflict('driver-busy', `This driver takes at most ${driver.capacity} orders at once.`)
}

type Gift = {
  driver: LockedDriver
  held: readonly Held[]
  orders: readonly LockedOrder[]
  dropoffOrderIds?: readonly string[]
  event: 'accept' | 'assign' | 'claim'
  move: Move
}

const NOTHING_WAITS: Columns = {
  offer_id: null,
  waiting_since: null,
  untaken_at: null,
  held_at: null,
  held_reason: null,
  astray_at: null,
  nearest_meters: null,
  nearer_at: null,
}

/** Makes orders his and puts their stops into his route. The caller holds the orders' locks and the driver's. */
export const give = async (tx: Sql, { driver, held, orders, dropoffOrderIds, event, move }: Gift) => {
  assertRoom(driver, held, orders.length)
  const taken = new Set(held.map(({ slot }) => slot))
  const free = Array.from({ length: BUNDLE_ORDERS_MAX }, (_, index) => index + 1).filter((slot) => !taken.has(slot))
  const moved = []
  for (const [index, order] of orders.entries()) {
    const columns = { ...NOTHING_WAITS, driver_id: driver.id, assigned_at: move.now, slot: free[index]! }
    moved.push({ order, delivery: await moveDelivery(tx, order.id, event, move, columns) })
  }
  const added = orders.map(({ id, chefId }) => ({ orderId: id, kitchen: chefId, isPickedUp: false }))
  await setRoute(tx, driver.id, stopsWith(driver.route, held, added, dropoffOrderIds))
  return moved
}

export const setRoute = (tx: Sql, driverId: string, stops: readonly RouteStop[]) => tx`
  update drivers set route = ${tx.json(stops as never)} where id = ${driverId}`

/** What he has still to visit, first to last. */
export const findRoute = async (sql: Sql, driverId: string): Promise<RouteStop[]> => {
  const [row] = await sql<{ route: RouteStop[] }[]>`select route from drivers where id = ${driverId}`
  return stopsLeft(row?.route ?? [], await findHeld(sql, driverId))
}
