/** The measures by which ways to dispatch are compared, in minutes; means and percentiles are over delivered orders. */
export type Measures = {
  orderCount: number
  undeliveredPercent: number
  clickToDoor: number
  clickToDoorP90: number
  /** Past the target, of all orders: 0 for who is in time. */
  overage: number
  readyToPickup: number
  readyToPickupP90: number
  readyToDoor: number
  /** Click-to-door over what nobody can beat: cooked, handed over at once, driven straight to the door. */
  aboveFloor: number
  utilisation: number
  costPerOrder: number
  ordersPerBundle: number
}

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
export const mean = (values: readonly number[]): number => sum(values) / values.length

/** Between neighbours in a straight line, as the evaluator of the Meal Delivery Routing Problem has it. */
export const quantile = (values: readonly number[], share: number): number => {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const rank = (sorted.length - 1) * share
  const [below, above] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!]
  return below + (above - below) * (rank - Math.floor(rank))
}

/** What a driver earns at least: as in the Meal Delivery Routing Problem, the larger of so much an order and so much an hour. */
export const PAY_PER_ORDER = 10
export const PAY_PER_HOUR = 15

export type Interval = readonly [from: number, to: number]

/** One order that came to its door. Seconds of one origin. */
export type Brought = {
  orderId: string
  driverId: string
  placedAt: number
  readyAt: number
  /** Since then it is the driver's. */
  assignedAt: number
  pickedUpAt: number
  deliveredAt: number
  promisedAt: number
  floorSeconds: number
}

export type Outcome = {
  /** Of the orders that count. */
  brought: readonly Brought[]
  /** Orders that count, whether they were brought or not. */
  orderCount: number
  /** Also what does not count: it takes a driver's time. */
  rides: readonly Pick<Brought, 'driverId' | 'assignedAt' | 'pickedUpAt' | 'deliveredAt'>[]
  shifts: readonly { driverId: string; time: Interval }[]
}

const MINUTE = 60
const HOUR = 3_600

export const measure = ({ brought, orderCount, rides, shifts }: Outcome): Measures => {
  const minutes = (read: (one: Brought) => number) => brought.map((one) => read(one) / MINUTE)
  const clickToDoor = minutes((one) => one.deliveredAt - one.placedAt)
  const readyToPickup = minutes((one) => one.pickedUpAt - one.readyAt)
  const busy = Map.groupBy(rides, ({ driverId }) => driverId)
  const onShift = Map.groupBy(shifts, ({ driverId }) => driverId)
  let [busySeconds, dutySeconds, pay, bundleCount] = [0, 0, 0, 0]
  for (const driverId of new Set([...busy.keys(), ...onShift.keys()])) {
    const own = busy.get(driverId) ?? []
    const times = own.map((one): Interval => [one.assignedAt, one.deliveredAt])
    const duty = lengthOf([...times, ...(onShift.get(driverId) ?? []).map(({ time }) => time)])
    busySeconds += lengthOf(times)
    dutySeconds += duty
    pay += Math.max(own.length * PAY_PER_ORDER, (duty / HOUR) * PAY_PER_HOUR)
    bundleCount += merge(own.map((one): Interval => [one.pickedUpAt, one.deliveredAt])).length
  }
  return {
    orderCount,
    undeliveredPercent: (1 - brought.length / orderCount) * 100,
    clickToDoor: mean(clickToDoor),
    clickToDoorP90: quantile(clickToDoor, 0.9),
    overage: mean(minutes((one) => Math.max(0, one.deliveredAt - one.promisedAt))),
    readyToPickup: mean(readyToPickup),
    readyToPickupP90: quantile(readyToPickup, 0.9),
    readyToDoor: mean(minutes((one) => one.deliveredAt - one.readyAt)),
    aboveFloor: mean(minutes((one) => one.deliveredAt - one.placedAt - one.floorSeconds)),
    utilisation: busySeconds / dutySeconds,
    costPerOrder: pay / rides.length,
    ordersPerBundle: rides.length / bundleCount,
  }
}

/** Intervals that overlap become one; those that only touch stay apart. */
const merge = (intervals: readonly Interval[]): Interval[] => {
  const merged: [number, number][] = []
  for (const [from, to] of intervals.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1)
    if (last && from < last[1]) last[1] = Math.max(last[1], to)
    else merged.push([from, to])
  }
  return merged
}

const lengthOf = (intervals: readonly Interval[]): number => sum(merge(intervals).map(([from, to]) => to - from))
