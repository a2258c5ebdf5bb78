/** In which order a driver visits what he has. Pure. */

export type RouteStop = { type: 'pickup' | 'dropoff'; orderId: string }

/** An order in a driver's hands, or about to be. */
export type Carried = { orderId: string; kitchen: string; isPickedUp: boolean }

/**
 * What is left of a route: stops that are done or not his any more go, those of orders that it does not know come last, so
 * that a route that is behind never loses one.
 */
export const stopsLeft = (route: readonly RouteStop[], carried: readonly Carried[]): RouteStop[] => {
  const due = new Set(carried.flatMap(stopsOf).map(keyOf))
  const known = route.filter((stop) => due.delete(keyOf(stop)))
  return [...known, ...carried.flatMap(stopsOf).filter((stop) => due.has(keyOf(stop)))]
}

/**
 * A driver's route with more orders. With an order of the doors all kitchens come first, each visited once; without one he
 * does what he had, then what is new.
 */
export const stopsWith = (
  route: readonly RouteStop[],
  carried: readonly Carried[],
  added: readonly Carried[],
  dropoffOrderIds: readonly string[] = [],
): RouteStop[] => {
  const before = stopsLeft(route, carried)
  if (dropoffOrderIds.length === 0 && carried.length > 0) {
    return [...before, ...pickupsOf(added), ...added.map(dropoffOf)]
  }
  const all = new Map([...carried, ...added].map((one) => [one.orderId, one]))
  const waiting = before.flatMap(({ type, orderId }) => (type === 'pickup' ? [all.get(orderId)!] : []))
  const ranks = new Map(dropoffOrderIds.map((orderId, rank) => [orderId, rank]))
  const rankOf = ({ orderId }: RouteStop) => ranks.get(orderId) ?? ranks.size
  const doors = [...before.filter(({ type }) => type === 'dropoff'), ...added.map(dropoffOf)].toSorted(
    (a, b) => rankOf(a) - rankOf(b),
  )
  return [...pickupsOf([...waiting, ...added]), ...doors]
}

/** Whether these are just the stops that are due, each food picked up before it is brought. */
export const isWholeRoute = (stops: readonly RouteStop[], carried: readonly Carried[]): boolean => {
  const due = new Set(carried.flatMap(stopsOf).map(keyOf))
  const open = new Set(carried.flatMap(({ orderId, isPickedUp }) => (isPickedUp ? [] : [orderId])))
  for (const stop of stops) {
    if (!due.delete(keyOf(stop))) return false
    if (stop.type === 'pickup') open.delete(stop.orderId)
    else if (open.has(stop.orderId)) return false
  }
  return due.size === 0
}

const keyOf = ({ type, orderId }: RouteStop) => `${type} ${orderId}`

const dropoffOf = ({ orderId }: Carried): RouteStop => ({ type: 'dropoff', orderId })

const stopsOf = (one: Carried): RouteStop[] =>
  one.isPickedUp ? [dropoffOf(one)] : [{ type: 'pickup', orderId: one.orderId }, dropoffOf(one)]

/** Kitchen by kitchen, in the order in which each is first needed. */
const pickupsOf = (carried: readonly Carried[]): RouteStop[] =>
  [...Map.groupBy(carried, ({ kitchen }) => kitchen).values()].flatMap((here) =>
    here.map(({ orderId }) => ({ type: 'pickup', orderId })),
  )
