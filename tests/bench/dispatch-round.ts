/**
 * `bun tests/bench/dispatch-round.ts [--rounds N] [--orders N] [--drivers N]`: wall time of one round of the dispatcher with many
 * open orders and drivers, on one core. Each round the city goes on: some orders leave, others come, drivers move on. A benchmark,
 * never a test; it ends with 1 when p99 is over its limit.
 */
import { parseArgs } from 'node:util'
import { diceOf } from '#modules/dispatch/engine/chance'
import { optimiser } from '#modules/dispatch/engine/optimiser'
import { DEFAULT_SETTINGS, type Driver, type Order, type Situation } from '#modules/dispatch/engine/problem'
import { quantile } from '#modules/dispatch/replay/measures'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    orders: { type: 'string', default: '500' },
    drivers: { type: 'string', default: '500' },
    'budget-ms': { type: 'string', default: '60' },
  },
})

const P99_MS_MAX = 100
const CITY_METERS = 12_000
const METERS_PER_SECOND = 6
const KITCHENS = 150
const SERVICE_SECONDS = 120
const WARM_UP_ROUNDS = 20

const dice = diceOf(7)
const xs: number[] = []
const ys: number[] = []
const anyPlace = (): number => {
  xs.push(dice() * CITY_METERS)
  return ys.push(dice() * CITY_METERS) - 1
}
const travelSeconds = (from: number, to: number) =>
  Math.ceil(Math.hypot(xs[from]! - xs[to]!, ys[from]! - ys[to]!) / METERS_PER_SECOND)

const kitchens = Array.from({ length: KITCHENS }, (_, index) => ({ name: `kitchen-${index}`, place: anyPlace() }))
let orderNumber = 0

const anyOrder = (now: number): Order => {
  const { name, place } = kitchens[Math.floor(dice() * dice() * KITCHENS)]!
  const placedAt = now - Math.floor(dice() * 900)
  return {
    id: `order-${orderNumber++}`,
    kitchen: name,
    pickup: place,
    dropoff: anyPlace(),
    placedAt,
    readyAt: placedAt + 900 + Math.floor(dice() * 1_200),
    readySpreadSeconds: 0,
    promisedAt: placedAt + 2_400,
    latestAt: placedAt + 5_400,
    size: 1,
  }
}

const anyDriver = (index: number, now: number): Driver => ({
  id: `driver-${index}`,
  vehicle: 'car',
  place: anyPlace(),
  freeAt: now + Math.floor((dice() - 0.3) * 1_200),
  onAt: now - 3_600,
  offAt: now + 600 + Math.floor(dice() * 10_800),
  capacity: 4,
})

/** A round later: who was told is under way and comes back free, his orders are gone, and others have come. */
const goOn = (
  situation: Situation,
  told: ReadonlyMap<string, { orderIds: readonly string[]; freeAt: number }>,
): void => {
  const now = situation.now + DEFAULT_SETTINGS.roundSeconds
  const gone = new Set([...told.values()].flatMap(({ orderIds }) => orderIds))
  const orders = situation.orders.filter(({ id }) => !gone.has(id))
  while (orders.length < situation.orders.length) orders.push(anyOrder(now))
  const drivers = situation.drivers.map((one, index) => {
    const commit = told.get(one.id)
    if (one.offAt < now) return anyDriver(index, now)
    return commit ? { ...one, place: anyPlace(), freeAt: commit.freeAt } : one
  })
  Object.assign(situation, { now, orders, drivers })
}

const start = 100_000
const situation: Situation = {
  now: start,
  orders: Array.from({ length: Number(values.orders) }, () => anyOrder(start)),
  drivers: Array.from({ length: Number(values.drivers) }, (_, index) => anyDriver(index, start)),
  travelSeconds: (_driver, from, to) => travelSeconds(from, to),
  service: {
    pickupBefore: SERVICE_SECONDS,
    pickupAfter: SERVICE_SECONDS,
    dropoffBefore: SERVICE_SECONDS,
    dropoffAfter: SERVICE_SECONDS,
  },
  settings: DEFAULT_SETTINGS,
  previous: [],
}

const roundMs: number[] = []
let committed = 0
for (let round = 0; round < Number(values.rounds) + WARM_UP_ROUNDS; round++) {
  const startedMs = performance.now()
  const plan = optimiser.plan(situation, () => performance.now() - startedMs > Number(values['budget-ms']))
  if (round >= WARM_UP_ROUNDS) roundMs.push(performance.now() - startedMs)
  committed += plan.commits.length
  goOn(situation, new Map(plan.commits.map((commit) => [commit.driverId, commit])))
  situation.previous = plan.drafts
}

const [p50, p99] = [quantile(roundMs, 0.5), quantile(roundMs, 0.99)]
const text = (ms: number) => `${ms.toFixed(1)} ms`
console.log(
  `${values.orders} open orders, ${values.drivers} drivers, ${values.rounds} rounds, ${committed} trips begun`,
)
console.log(`p50 ${text(p50)}, p99 ${text(p99)}, max ${text(Math.max(...roundMs))}; limit p99 ${P99_MS_MAX} ms`)
process.exit(p99 <= P99_MS_MAX ? 0 : 1)
