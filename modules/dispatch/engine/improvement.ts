import { diceOf } from './chance.ts'
import type { Compiled } from './compiled.ts'
import { rematch } from './rematching.ts'
import { insertWithRegret, type Solution, takeBack, takeOrder } from './solution.ts'

const REMOVED_MAX = 8
/** Every so many improvements is a matching of whole routes. */
const REMATCH_EVERY = 20
/** Less is what adding and taking away has rounded off. */
const GAIN_MIN = 1e-3

/**
 * Takes a few orders that have to do with each other out and puts them back with regret; keeps what is cheaper. So orders move, swap,
 * bundles split and merge. Any moment is a good one to stop. Shaw, Using constraint programming and local search methods (1998).
 */
export const improve = (of: Compiled, solution: Solution, candidates: Int32Array[], isOver: () => boolean): number => {
  const count = of.orders.length
  if (count === 0 || of.drivers.length === 0) return 0
  const dice = diceOf(of.settings.seed)
  let gained = 0
  for (let round = 0; round < of.settings.improvementsMax && !isOver(); round++) {
    const first = Math.floor(dice() * count)
    const removed = related(of, solution, first, 2 + Math.floor(dice() * (REMOVED_MAX - 1)))
    const before = solution.total
    solution.journal = new Map()
    if (round % REMATCH_EVERY === 0) rematch(of, solution, related(of, solution, first, count), candidates)
    else {
      for (const order of removed) takeOrder(of, solution, order)
      insertWithRegret(of, solution, removed, candidates)
    }
    if (solution.total < before - GAIN_MIN) gained += before - solution.total
    else {
      takeBack(of, solution)
      solution.total = before
    }
    solution.journal = null
  }
  return gained
}

/** The orders nearest to one in place, time and driver, itself first. */
const related = (of: Compiled, solution: Solution, order: number, count: number): number[] => {
  const pickup = of.kitchenPlace[of.kitchen[order]!]!
  const distance = new Float64Array(of.orders.length)
  const others: number[] = []
  for (let other = 0; other < of.orders.length; other++) {
    const isSame = solution.driverOf[other] !== -1 && solution.driverOf[other] === solution.driverOf[order]
    distance[other] =
      of.travel(0, pickup, of.kitchenPlace[of.kitchen[other]!]!) +
      0.5 * of.travel(0, of.dropoff[order]!, of.dropoff[other]!) +
      0.5 * Math.abs(of.readyAt[order]! - of.readyAt[other]!) -
      (isSame ? 600 : 0)
    if (other !== order) others.push(other)
  }
  others.sort((a, b) => distance[a]! - distance[b]! || a - b)
  return [order, ...others.slice(0, count - 1)]
}
