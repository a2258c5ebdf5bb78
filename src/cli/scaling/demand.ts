/** What an order costs the machines. Measured figures and assumptions apart, so that either can be replaced. */

/** Processor seconds of the server and of Postgres. */
export type Cost = { server: number; postgres: number }

/** What was measured, and how: docs/scaling.md says by which command. */
export const MEASURED = {
  kitchensSearch: { server: 90e-6, postgres: 0 },
  menu: { server: 140e-6, postgres: 45e-6 },
  driverFix: { server: 120e-6, postgres: 0 },
  signIn: { server: 51e-3, postgres: 0 },
  /** Everything else that a simulated order made: 58 requests, frames, events, dispatch. */
  orderLife: { server: 52e-3, postgres: 61e-3 },
  orderLifeRequests: 58,
  /** Bytes an order leaves in tables and indexes: for ever, for 30 days (events, decisions), for a few days. */
  keptBytes: 5_800,
  monthBytes: 14_300,
  shortBytes: 6_500,
  walBytes: 59_000,
  /** Resident, after a minute of load. */
  residentBytes: 168e6,
} as const

/** What nobody knows before there are customers. */
export const ASSUMED = {
  /** Shares of a day's orders by its hours, from midnight: a small noon, a large evening. */
  hours: [0.4, 0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 1, 1.5, 2, 3.5, 7, 9.5, 8, 4.5, 4, 6, 10, 13, 11.5, 8, 5, 2.8, 1.1].map(
    (percent) => percent / 100,
  ),
  /** People look around eight times for each order: three searches and four menus each time. */
  searchesPerOrder: 24,
  menusPerOrder: 32,
  signInsPerOrder: 0.2,
  deliveriesPerDriverHour: 2,
  fixEverySeconds: 5,
  /** From paying to the door; so long a customer's socket is open. */
  doorMinutes: 45,
  ordersPerKitchenHour: 6,
  monthKeptDays: 30,
  /** Of what Postgres may do, so that a failover or a bad plan finds room. */
  postgresShareMax: 0.5,
  /** A pod, from the decision to its first request: scheduled, pulled, started (0.3 s of it), ready. */
  podStartSeconds: 30,
} as const

const HOUR_SECONDS = 3600

const times = (count: number, { server, postgres }: Cost): Cost => ({
  server: count * server,
  postgres: count * postgres,
})
const sum = (costs: readonly Cost[]): Cost =>
  costs.reduce((one, other) => ({ server: one.server + other.server, postgres: one.postgres + other.postgres }))

export const fixesPerOrder = HOUR_SECONDS / ASSUMED.deliveriesPerDriverHour / ASSUMED.fixEverySeconds

export const requestsPerOrder =
  ASSUMED.searchesPerOrder +
  ASSUMED.menusPerOrder +
  ASSUMED.signInsPerOrder +
  fixesPerOrder +
  MEASURED.orderLifeRequests

/** Processor seconds of one order, with all the looking around and driving that belongs to it. */
export const costPerOrder = sum([
  times(ASSUMED.searchesPerOrder, MEASURED.kitchensSearch),
  times(ASSUMED.menusPerOrder, MEASURED.menu),
  times(ASSUMED.signInsPerOrder, MEASURED.signIn),
  times(fixesPerOrder, MEASURED.driverFix),
  MEASURED.orderLife,
])

/** By Little's law: how many sockets are open for each order a second: its customer's, and shares of a driver's and a kitchen's. */
export const socketSecondsPerOrder =
  ASSUMED.doorMinutes * 60 +
  HOUR_SECONDS / ASSUMED.deliveriesPerDriverHour +
  HOUR_SECONDS / ASSUMED.ordersPerKitchenHour

/** Orders a second at a moment of the day: between the middles of two hours on the line between their rates. */
export const ordersPerSecond = (ordersPerDay: number, daySeconds: number): number => {
  const hours = ASSUMED.hours
  const at = daySeconds / HOUR_SECONDS - 0.5
  const hour = Math.floor(at)
  const shareOf = (index: number) => hours[(index + hours.length) % hours.length]!
  const share = shareOf(hour) + (at - hour) * (shareOf(hour + 1) - shareOf(hour))
  return (ordersPerDay * share) / HOUR_SECONDS
}

export const peakShare = Math.max(...ASSUMED.hours)
