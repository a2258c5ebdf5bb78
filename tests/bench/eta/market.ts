/** Days of a made-up market: kitchens that are late in their own way, drivers who are few in the evening, streets with moods. */
import type { Random, Streams } from '#cli/simulate/random'

export type SimulatedOrder = {
  chefId: string
  placedAt: number
  acceptedAt: number
  saidSeconds: number
  readyAt: number
  /** A driver sets off to the kitchen, whose way usually takes so long. */
  setsOffAt: number
  toPickupSeconds: number
  pickedUpAt: number
  travelSeconds: number
  deliveredAt: number
}

export type MarketOptions = { days: number; kitchenCount: number; driverCount: number; ordersPerDay: number }

const DAY_SECONDS = 86_400
const [OPENS_HOUR, CLOSES_HOUR] = [11, 22]
/** How many of the day's orders come in each hour from eleven. */
const HOUR_SHARES = [4, 10, 9, 4, 3, 4, 7, 14, 18, 14, 8]
/** How much longer than usual all kitchens take then. */
const RUSH: Record<number, number> = { 12: 0.1, 18: 0.15, 19: 0.25, 20: 0.15 }
const CHANGES_SHARE = 0.2
const LEAD_SECONDS = 600

type Kitchen = {
  id: string
  lateness: number
  changedLateness: number
  changesOnDay: number
  noise: number
  byHour: number[]
}

const kitchensOf = (random: Random, { kitchenCount, days }: MarketOptions): Kitchen[] =>
  Array.from({ length: kitchenCount }, (_, n) => {
    const lateness = random.normal(0.25) + 0.05
    return {
      id: `kitchen ${n}`,
      lateness,
      // Somebody new cooks from some day on.
      changedLateness: random.chance(CHANGES_SHARE) ? lateness + random.normal(0.35) : lateness,
      changesOnDay: random.int(Math.floor(days / 2), days),
      noise: random.between(0.1, 0.35),
      byHour: Array.from({ length: 24 }, (_, hour) => random.normal(0.1) + (RUSH[hour] ?? 0)),
    }
  })

/** In the order in which they were placed. Drivers go to whatever is to be ready first. */
export const simulateMarket = (streams: Streams, options: MarketOptions): SimulatedOrder[] => {
  const kitchens = kitchensOf(streams('kitchens'), options)
  return Array.from({ length: options.days }, (_, day) => simulateDay(streams, kitchens, day, options)).flat()
}

const simulateDay = (streams: Streams, kitchens: readonly Kitchen[], day: number, options: MarketOptions) => {
  const random = streams(`day ${day}`)
  const traffic = random.normal(0.08)
  const busy = random.lognormal(1, 0.12)
  const placed = Array.from({ length: Math.round(options.ordersPerDay * busy) }, () => cook(random, kitchens, day))
  const freeAt = Array.from({ length: options.driverCount }, () => day * DAY_SECONDS + OPENS_HOUR * 3_600)
  const due = placed.toSorted((a, b) => a.acceptedAt + a.saidSeconds - b.acceptedAt - b.saidSeconds)
  return due.map((order) => drive(random, order, freeAt, traffic)).toSorted((a, b) => a.placedAt - b.placedAt)
}

type Cooked = Pick<SimulatedOrder, 'chefId' | 'placedAt' | 'acceptedAt' | 'saidSeconds' | 'readyAt'>

const cook = (random: Random, kitchens: readonly Kitchen[], day: number): Cooked => {
  const hour = OPENS_HOUR + random.weighted([...HOUR_SHARES.keys()], (index) => HOUR_SHARES[index]!)
  if (hour >= CLOSES_HOUR) throw new Error('an order after hours')
  const placedAt = day * DAY_SECONDS + hour * 3_600 + random.between(0, 3_600)
  const kitchen = random.pick(kitchens)
  const saidSeconds = random.pick([10, 15, 20, 25, 30]) * 60
  const acceptedAt = placedAt + random.lognormal(110, 0.6)
  const lateness = day < kitchen.changesOnDay ? kitchen.lateness : kitchen.changedLateness
  const tookSeconds = saidSeconds * random.lognormal(Math.exp(lateness + kitchen.byHour[hour]!), kitchen.noise)
  return { chefId: kitchen.id, placedAt, acceptedAt, saidSeconds, readyAt: acceptedAt + tookSeconds }
}

const drive = (random: Random, cooked: Cooked, freeAt: number[], traffic: number): SimulatedOrder => {
  const driver = freeAt.indexOf(Math.min(...freeAt))
  const expectedAt = cooked.acceptedAt + cooked.saidSeconds
  const setsOffAt = Math.max(freeAt[driver]!, cooked.acceptedAt, expectedAt - LEAD_SECONDS)
  const toPickupSeconds = random.between(60, 600)
  const travelSeconds = random.between(120, 1_200)
  const streets = (seconds: number) => seconds * random.lognormal(Math.exp(traffic), 0.18)
  const arrivesAt = setsOffAt + streets(toPickupSeconds)
  const pickedUpAt = Math.max(arrivesAt, cooked.readyAt) + random.lognormal(100, 0.5)
  const deliveredAt = pickedUpAt + streets(travelSeconds) + random.lognormal(130, 0.6)
  freeAt[driver] = deliveredAt + 60
  return { ...cooked, setsOffAt, toPickupSeconds, pickedUpAt, travelSeconds, deliveredAt }
}
