/** A made-up rush hour, for the wall time of a decision with 500 open orders and 500 couriers: more comes in than they can carry. */
import { type Round, runDay } from './day.ts'
import type { Instance, Point } from './instance.ts'
import { policies } from './policies.ts'

const COURIER_COUNT = 500
const ORDERS_PER_MINUTE = 20
const MINUTES = 90
const RESTAURANT_COUNT = 150
const SIDE_METERS = 12_000

export const OPEN_ORDERS_MIN = 500

const FEW_COURIERS = 100
const FEW_RESTAURANTS = 20

/** What is hard about a rush hour differs. */
const CHANGES: Record<string, (hour: Instance) => Partial<Instance>> = {
  '500 couriers': () => ({}),
  '100 couriers': ({ couriers }) => ({ couriers: couriers.slice(0, FEW_COURIERS) }),
  '20 restaurants': ({ orders }) => ({
    orders: orders.map((order, index) => ({ ...order, restaurantId: `r${index % FEW_RESTAURANTS}` })),
  }),
  'all at one place': ({ couriers }) => ({
    couriers: couriers.map((courier) => ({ ...courier, x: SIDE_METERS / 2, y: SIDE_METERS / 2 })),
  }),
}
export const RUSHES = Object.keys(CHANGES)

/** Only the rounds that are as large as asked for. */
export const rushRounds = (policy: string, rush: string, budgetMs: number | undefined): Round[] => {
  const rules = { canPreposition: true, canUpdate: true }
  const hour = rushHour(11)
  const { rounds } = runDay({ ...hour, ...CHANGES[rush]!(hour) }, policies[policy]!(), { rules, budgetMs })
  return rounds.filter(({ orderCount }) => orderCount >= OPEN_ORDERS_MIN)
}

export const rushHour = (seed: number): Instance => {
  const draw = drawsOf(seed)
  // Restaurants crowd in the middle, as they do.
  const middle = () => ((draw() + draw()) / 2) * SIDE_METERS
  const anywhere = (): Point => ({ x: Math.round(draw() * SIDE_METERS), y: Math.round(draw() * SIDE_METERS) })
  const restaurants = Array.from({ length: RESTAURANT_COUNT }, () => ({
    x: Math.round(middle()),
    y: Math.round(middle()),
  }))
  return {
    name: 'rush',
    metersPerMinute: 320,
    pickupServiceMinutes: 4,
    dropoffServiceMinutes: 4,
    targetMinutes: 40,
    maximumMinutes: 90,
    payPerOrder: 10,
    payPerHour: 15,
    restaurants: new Map(restaurants.map((at, index) => [`r${index}`, at])),
    couriers: Array.from({ length: COURIER_COUNT }, (_, index) => ({
      ...anywhere(),
      id: `c${index}`,
      onMinute: 0,
      offMinute: MINUTES,
    })),
    orders: Array.from({ length: ORDERS_PER_MINUTE * MINUTES }, (_, index) => {
      const placedMinute = Math.floor(index / ORDERS_PER_MINUTE)
      const readyMinute = placedMinute + 15 + Math.floor(draw() * 20)
      const restaurantId = `r${Math.floor(draw() ** 2 * RESTAURANT_COUNT)}`
      return { ...anywhere(), id: `o${index}`, restaurantId, placedMinute, readyMinute }
    }),
  }
}

/** Lehmer's generator with the multiplier of Park and Miller (Communications of the ACM 31, 1988). */
const drawsOf = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}
