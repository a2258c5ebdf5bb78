import type { Compiled } from './compiled.ts'
import { match } from './matching.ts'
import { IMPOSSIBLE, isAllowed, Ride, routeCost } from './route-cost.ts'
import { copyRoute, type Solution, setRoute } from './solution.ts'

/** A matching grows with the cube of it; that many at a time are done within a few milliseconds. */
const ROUTES_MAX = 100

const ride = new Ride()

/**
 * Gives whole routes to drivers anew, all at once and as cheaply as can be: what orders moved one by one cannot reach. Begins with
 * the routes that hold `orders`. Who is bound to a kitchen keeps his own.
 */
export const rematch = (of: Compiled, solution: Solution, orders: readonly number[], candidates: Int32Array[]) => {
  const owners = new Set<number>()
  const drivers = new Set<number>()
  for (const order of orders) {
    const owner = solution.driverOf[order]!
    if (owner === -1 || of.bound[owner] !== -1 || owners.size >= ROUTES_MAX) continue
    owners.add(owner)
    for (const driver of candidates[solution.routes[owner]![0]!.orders[0]!]!) {
      const isIdle = solution.routes[driver]!.length === 0
      if (of.bound[driver] === -1 && (isIdle || owners.has(driver))) drivers.add(driver)
    }
  }
  const rows = [...owners]
  const columns = [...owners.union(drivers)]
  const costs = new Float64Array(rows.length * columns.length)
  rows.forEach((owner, row) => {
    const route = solution.routes[owner]!
    const first = candidates[route[0]!.orders[0]!]!
    columns.forEach((driver, column) => {
      const isTried = driver === owner || first.includes(driver)
      costs[row * columns.length + column] = isTried ? costFor(of, solution, driver, owner) : IMPOSSIBLE
    })
  })
  const columnOf = match(costs, rows.length, columns.length)
  const moves = rows.flatMap((owner, row) => {
    const driver = columns[columnOf[row]!]
    return driver === undefined || driver === owner
      ? []
      : [{ driver, owner, route: copyRoute(solution.routes[owner]!) }]
  })
  for (const { owner } of moves) setRoute(of, solution, owner, [])
  for (const { driver, route } of moves) setRoute(of, solution, driver, route)
}

const costFor = (of: Compiled, solution: Solution, driver: number, owner: number): number => {
  if (driver === owner) return solution.costs[owner]!
  const route = solution.routes[owner]!
  if (!isAllowed(of, driver, route)) return IMPOSSIBLE
  return routeCost(of, driver, route, ride)
}
