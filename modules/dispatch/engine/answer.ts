import type { Compiled, Trip } from './compiled.ts'
import { explain } from './explanation.ts'
import type { Commit, Draft, Hold, Move, Plan } from './problem.ts'
import { Ride, tripCost } from './route-cost.ts'
import { leftOutOf, type Solution } from './solution.ts'

/** What of a solution is decided now, what can wait and until when, and why. */
export const answerOf = (
  of: Compiled,
  solution: Solution,
  candidates: Int32Array[],
  moves: readonly Move[],
  isOver: () => boolean,
): Plan => {
  const commits: Commit[] = []
  const holds: Hold[] = []
  const decided: number[] = []
  solution.routes.forEach((route, driver) => {
    route.forEach((trip, index) => {
      const commit = index === 0 ? commitOf(of, driver, trip) : undefined
      if (commit && isDue(of, driver, commit)) {
        commits.push(commit)
        decided.push(...trip.orders)
      } else holds.push(...trip.orders.map((order) => holdOf(of, order, commit)))
    })
  })
  const explanations = explain(of, solution, candidates, [...decided, ...leftOutOf(solution)], isOver)
  return { commits, moves, holds, drafts: draftsOf(of, solution), explanations }
}

/** By the next round it would be too late to leave. Who is bound is told each time: his set may have changed. */
const isDue = (of: Compiled, driver: number, { leavesAt }: Commit): boolean => {
  if (of.bound[driver] !== -1) return true
  return of.startAt[driver]! <= of.now && leavesAt < of.now + of.settings.roundSeconds
}

const commitOf = (of: Compiled, driver: number, trip: Trip): Commit => {
  const ride = new Ride()
  const dropoffsAt: number[] = []
  ride.start(of, driver)
  tripCost(of, driver, ride, trip, dropoffsAt)
  return {
    driverId: of.drivers[driver]!.id,
    orderIds: trip.orders.map((order) => of.orders[order]!.id),
    kitchens: trip.kitchens.map((kitchen) => of.kitchenName[kitchen]!),
    isFinal: ride.pickupAt < of.now + of.settings.roundSeconds,
    leavesAt: ride.leavesAt,
    pickupAt: ride.pickupAt,
    dropoffsAt,
    freeAt: ride.time,
  }
}

const holdOf = (of: Compiled, order: number, commit: Commit | undefined): Hold => ({
  orderId: of.orders[order]!.id,
  until: commit?.leavesAt ?? of.readyAt[order]!,
  why: commit ? `${commit.driverId} need not leave yet` : 'planned after another trip',
})

const draftsOf = (of: Compiled, { routes }: Solution): Draft[] =>
  routes.flatMap((route, driver) =>
    route.length === 0
      ? []
      : {
          driverId: of.drivers[driver]!.id,
          trips: route.map(({ kitchens, orders }) => ({
            kitchens: kitchens.map((kitchen) => of.kitchenName[kitchen]!),
            orderIds: orders.map((order) => of.orders[order]!.id),
          })),
        },
  )
