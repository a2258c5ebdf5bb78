/** The measures by which the problem's literature compares policies. Utilisation is the mean of the couriers: driving and serving over the time on duty, as published. */
import { mean, quantile, type Measures as SharedMeasures, sum } from '#modules/dispatch/replay/measures'
import { floorMinutes, type Instance, type OrderRow, travelMinutes } from './instance.ts'
import { ON_LOCATION, type Solution } from './solution.ts'

export type Measures = SharedMeasures & {
  /** Of the undelivered: no courier at all could have collected them within his shift, even if he had waited for them alone. */
  impossiblePercent: number
}

export const measure = (instance: Instance, { assignments, delivered, moves }: Solution): Measures => {
  const rows = new Map(instance.orders.map((row) => [row.id, row]))
  const clickToDoor = delivered.map((one) => one.dropoffMinute - one.placedMinute)
  const readyToPickup = delivered.map((one) => one.pickupMinute - one.readyMinute)
  const floors = delivered.map((one) => floorMinutes(instance, rows.get(one.orderId)!))
  const orderCount = instance.orders.length
  const busyMinutes = new Map<string, number>()
  const orderCounts = new Map<string, number>()
  const add = (sums: Map<string, number>, id: string, amount: number) => sums.set(id, (sums.get(id) ?? 0) + amount)
  for (const one of delivered) {
    add(orderCounts, one.courierId, 1)
    add(busyMinutes, one.courierId, instance.dropoffServiceMinutes)
  }
  for (const { courierId } of assignments) add(busyMinutes, courierId, instance.pickupServiceMinutes)
  const points = new Map([...instance.restaurants, ...rows])
  const couriers = new Map(instance.couriers.map((courier) => [courier.id, courier]))
  for (const { courierId, origin, destination } of moves) {
    const from = origin === ON_LOCATION ? couriers.get(courierId)! : points.get(origin)!
    add(busyMinutes, courierId, travelMinutes(instance, from, points.get(destination)!))
  }
  const dutyMinutes = (id: string) => couriers.get(id)!.offMinute - couriers.get(id)!.onMinute
  const pay = instance.couriers.map(({ id }) =>
    Math.max((orderCounts.get(id) ?? 0) * instance.payPerOrder, (dutyMinutes(id) / 60) * instance.payPerHour),
  )
  return {
    orderCount,
    undeliveredPercent: (1 - delivered.length / orderCount) * 100,
    impossiblePercent: (instance.orders.filter((row) => isImpossible(instance, row)).length / orderCount) * 100,
    clickToDoor: mean(clickToDoor),
    clickToDoorP90: quantile(clickToDoor, 0.9),
    overage: mean(clickToDoor.map((minutes) => Math.max(0, minutes - instance.targetMinutes))),
    readyToPickup: mean(readyToPickup),
    readyToPickupP90: quantile(readyToPickup, 0.9),
    readyToDoor: mean(delivered.map((one) => one.dropoffMinute - one.readyMinute)),
    aboveFloor: mean(clickToDoor.map((minutes, index) => minutes - floors[index]!)),
    utilisation: mean(instance.couriers.map(({ id }) => (busyMinutes.get(id) ?? 0) / dutyMinutes(id))),
    costPerOrder: sum(pay) / delivered.length,
    ordersPerBundle: delivered.length / assignments.length,
  }
}

const isImpossible = (instance: Instance, row: OrderRow): boolean => {
  const restaurant = instance.restaurants.get(row.restaurantId)!
  const half = instance.pickupServiceMinutes / 2
  const toDoor = half + travelMinutes(instance, restaurant, row) + instance.dropoffServiceMinutes / 2
  return !instance.couriers.some((courier) => {
    const thereMinute = courier.onMinute + travelMinutes(instance, courier, restaurant) + half
    const pickupMinute = Math.max(row.readyMinute, thereMinute)
    return pickupMinute <= courier.offMinute && pickupMinute + toDoor - row.placedMinute <= instance.maximumMinutes
  })
}
