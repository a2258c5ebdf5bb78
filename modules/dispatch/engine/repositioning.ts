import { diceOf } from './chance.ts'
import type { Compiled } from './compiled.ts'
import type { Move, Place } from './problem.ts'
import type { Solution } from './solution.ts'

/** What a move must be good for: the orders of that long. */
const HORIZON_SECONDS = 2_700
/** Looked at in one round; the others have their turn in the next. */
const DRIVERS_MAX = 6
const KITCHENS_MAX = 12
/** The busiest; beyond, nobody waits for so few orders. */
const SPOTS_MAX = 100
/** Beyond the so-many-th nearest driver nobody is counted on. */
const NEAREST_MAX = 6
/** From placing to ready, while nothing is open to learn it from. */
const LEAD_SECONDS = 900
const NOBODY_SECONDS = 3_600
/** Seconds that customers must be saved for each second of driving. */
const WORTH = 0.05

type Spot = { kitchen: string; place: Place; rate: number }

/**
 * Sends idle drivers to wait at kitchens where expected orders would otherwise find everybody too far away to be there when the food
 * is ready. The nearest idle driver is busy with some probability, then the next: expected coverage as in Daskin, A maximum expected
 * covering location model (1983), and one driver at a time as in Jagtenberg, Bhulai, van der Mei (2015), with seconds late in place
 * of covered or not.
 */
export const movesOf = (of: Compiled, solution: Solution): Move[] => {
  const { demand, settings } = of.situation
  if (!demand || !settings.canReposition) return []
  const idle = idleDrivers(of, solution)
  const spots = demand.kitchens
    .map(({ kitchen, place }): Spot => ({ kitchen, place, rate: demand.ratePerSecond(kitchen, of.now) }))
    .filter(({ rate }) => rate > 0)
    .sort((a, b) => b.rate - a.rate || a.place - b.place)
    .slice(0, SPOTS_MAX)
  if (idle.length === 0 || spots.length === 0) return []
  const coverage = new Coverage(of, idle, spots)
  const dice = diceOf(settings.seed + of.now)
  for (let turn = 0; turn < DRIVERS_MAX && idle.length > 0; turn++) {
    const [driver] = idle.splice(Math.floor(dice() * idle.length), 1)
    const best = coverage.bestMove(driver!)
    if (best) return [best]
  }
  return []
}

const idleDrivers = (of: Compiled, { routes }: Solution): number[] =>
  of.drivers.flatMap((_, driver) => {
    const isFree = routes[driver]!.length === 0 && of.bound[driver] === -1 && of.startAt[driver]! <= of.now
    const untilAt = Math.min(of.offAt[driver]!, of.breakStartsAt[driver]!)
    return isFree && untilAt > of.now + HORIZON_SECONDS ? [driver] : []
  })

class Coverage {
  private readonly busyShare: number
  private readonly leadSeconds: number
  /** By spot: who is nearest, and how far; one more than are counted on, since he who is weighed may be among them. */
  private readonly nearest: { driver: number; seconds: number }[][]

  constructor(
    private readonly of: Compiled,
    idle: readonly number[],
    private readonly spots: readonly Spot[],
  ) {
    const { orders, drivers, now } = of
    const onDuty = drivers.filter(({ onAt, offAt }) => onAt <= now && now < offAt).length
    this.busyShare = Math.min(0.9, Math.max(0.1, 1 - idle.length / onDuty))
    const lead = orders.reduce((sum, { placedAt, readyAt }) => sum + readyAt - placedAt, 0)
    this.leadSeconds = orders.length > 0 ? lead / orders.length : LEAD_SECONDS
    this.nearest = spots.map(({ place }) => {
      const all = idle.map((driver) => ({ driver, seconds: of.travel(driver, of.startPlace[driver]!, place) }))
      return all
        .sort((one, other) => one.seconds - other.seconds || one.driver - other.driver)
        .slice(0, NEAREST_MAX + 1)
    })
  }

  bestMove(driver: number): Move | undefined {
    const stay = this.spots.map((_, spot) => this.late(spot, driver, this.secondsTo(driver, spot)))
    const away = this.spots.map((_, spot) => this.late(spot, driver, Number.POSITIVE_INFINITY))
    const worst = [...this.spots.keys()]
      .sort((a, b) => this.spots[b]!.rate * stay[b]! - this.spots[a]!.rate * stay[a]! || a - b)
      .slice(0, KITCHENS_MAX)
    let most = 0
    let best: Move | undefined
    for (const to of worst) {
      const { kitchen, place } = this.spots[to]!
      const driveSeconds = this.secondsTo(driver, to)
      if (driveSeconds === 0 || driveSeconds > HORIZON_SECONDS / 2) continue
      let gain = -WORTH * driveSeconds
      for (let spot = 0; spot < this.spots.length; spot++) {
        const there = this.late(spot, driver, this.of.travel(driver, place, this.spots[spot]!.place))
        const saved = (HORIZON_SECONDS - driveSeconds) * (stay[spot]! - there)
        const missed = this.of.settings.isReachableOnMove ? 0 : driveSeconds * (away[spot]! - stay[spot]!)
        gain += this.spots[spot]!.rate * (saved - missed)
      }
      if (gain <= most) continue
      most = gain
      const why = `expected orders would be ${Math.round(gain)} s sooner`
      best = { driverId: this.of.drivers[driver]!.id, place, kitchen, why }
    }
    return best
  }

  private secondsTo(driver: number, spot: number): number {
    return this.of.travel(driver, this.of.startPlace[driver]!, this.spots[spot]!.place)
  }

  /** How late an order there would be collected, on average, were this driver `seconds` away. */
  private late(spot: number, driver: number, seconds: number): number {
    const nearest = this.nearest[spot]!.flatMap((other) => (other.driver === driver ? [] : other.seconds))
    const at = nearest.findIndex((other) => other > seconds)
    nearest.splice(at === -1 ? nearest.length : at, 0, seconds)
    nearest.length = Math.min(NEAREST_MAX, nearest.length)
    let share = 1
    let sum = 0
    for (const away of nearest) {
      const late = Math.max(0, away + this.of.situation.service.pickupBefore - this.leadSeconds)
      sum += share * (1 - this.busyShare) * Math.min(late, NOBODY_SECONDS)
      share *= this.busyShare
    }
    return sum + share * NOBODY_SECONDS
  }
}
