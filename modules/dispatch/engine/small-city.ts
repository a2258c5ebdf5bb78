import { DEFAULT_SETTINGS, type Driver, type Order, type Settings, type Situation } from './problem.ts'

/** For tests: a square of 60 by 60 corners, 20 seconds apart, numbered row by row. */
export const SIDE = 60
export const NOW = 10_000
export const at = (x: number, y: number) => y * SIDE + x
export const walk = (from: number, to: number) =>
  20 * (Math.abs((from % SIDE) - (to % SIDE)) + Math.abs(Math.floor(from / SIDE) - Math.floor(to / SIDE)))

export const order = (id: string, change: Partial<Order> = {}): Order => ({
  id,
  kitchen: 'mai',
  pickup: at(30, 30),
  dropoff: at(30, 40),
  placedAt: NOW - 600,
  readyAt: NOW,
  readySpreadSeconds: 0,
  promisedAt: NOW + 1_800,
  latestAt: NOW + 5_400,
  size: 1,
  ...change,
})

export const driver = (id: string, change: Partial<Driver> = {}): Driver => ({
  id,
  vehicle: 'car',
  place: at(30, 30),
  freeAt: NOW,
  onAt: NOW - 3_600,
  offAt: NOW + 7_200,
  capacity: 4,
  ...change,
})

export const situation = (orders: Order[], drivers: Driver[], settings: Partial<Settings> = {}): Situation => ({
  now: NOW,
  orders,
  drivers,
  travelSeconds: (_driver, from, to) => walk(from, to),
  service: { pickupBefore: 120, pickupAfter: 120, dropoffBefore: 120, dropoffAfter: 120 },
  settings: { ...DEFAULT_SETTINGS, ...settings },
})
