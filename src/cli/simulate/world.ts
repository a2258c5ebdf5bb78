import type { LatLng } from '#core/geo'
import { type Account, createAccount, type Registration } from './account.ts'
import { type Book, createBook } from './book.ts'
import { type Checks, createChecks } from './checks.ts'
import { createClock, type VirtualClock } from './clock.ts'
import { createHttp, type Http } from './http.ts'
import type { Options } from './options.ts'
import { DAY } from './plan.ts'
import { type Generator, type Streams, streamsOf } from './random.ts'
import { createStats, type Stats } from './stats.ts'
import { createStop, type Stop } from './stop.ts'

/** The people and places of the demo city, as src/demo/city.ts makes them. */
export type City = {
  kitchens: CityKitchen[]
  drivers: { email: string; firstName: string; lastName: string; vehicleType: VehicleType; start: LatLng }[]
  customers: { email: string; address: Address }[]
  addresses: Address[]
}

export type Address = { street: string; city: string; postalCode: string; coordinates: LatLng }
export type VehicleType = 'car' | 'bike' | 'scooter' | 'motorcycle'

export type CityKitchen = {
  email: string
  firstName: string
  lastName: string
  name: string
  description: string
  cuisines: string[]
  address: Address
  deliveryRadiusMeters: number
  minimumOrderCents: number
  menus: { name: string; description: string; items: object[] }[]
}

/** A kitchen that a virtual chef runs. */
export type Kitchen = {
  chefId: string
  name: string
  account: Account
  minimumOrderCents: number
  timeZone: string
  prepMinutes: Map<string, number>
}

/** What every actor is handed. */
export type World = {
  options: Options
  base: string
  /** Names this run: in e-mail addresses, keys and instructions, so that runs do not meet. */
  run: string
  city: City
  random: Streams
  stop: Stop
  clock: VirtualClock
  stats: Stats
  checks: Checks
  http: Http
  book: Book
  kitchens: Map<string, Kitchen>
  account: (email: string, registration?: Registration) => Account
  /** Who may be behind a door whose order is not of this run. */
  neighbours: Account[]
  /** Something that nobody foresaw, said once in the log. */
  log: (line: string) => void
}

export const createWorld = (options: Options, city: City, generator: Generator, log: (line: string) => void): World => {
  const stop = createStop()
  const stats = createStats()
  const checks = createChecks()
  const clock = createClock({ startsAt: DAY.opensAt, speed: options.speed, stop })
  const http = createHttp({ options, stats, stop, pause: clock.pause, jitter: Math.random })
  return {
    options,
    base: options.url,
    run: runId(),
    city,
    random: streamsOf(generator, options.seed),
    stop,
    clock,
    stats,
    checks,
    http,
    book: createBook({ clock, checks, keep: !options.demo }),
    kitchens: new Map(),
    account: (email, registration) => createAccount(http, email, registration),
    neighbours: [],
    log,
  }
}

/** Not from the seed: two runs of one seed are two runs. */
const runId = () =>
  `${Date.now().toString(36)}${Math.floor(Math.random() * 1296)
    .toString(36)
    .padStart(2, '0')}`

export const INSTRUCTIONS = 'simulated:'

/** How an order says whose it is: its customer, the admin and its driver can read it. */
export const instructionsOf = (run: string, session: number) => `${INSTRUCTIONS} run ${run}, session ${session}`

/** An answer that should not have been: kept as a broken rule, with what it said. */
export const refused = (
  world: Pick<World, 'checks'>,
  what: string,
  reply: { status: number; slug: string; problem: { detail?: string } },
): void =>
  world.checks.broken('expected', `${what}: ${reply.status} ${reply.slug} ${reply.problem.detail ?? ''}`.trim())
