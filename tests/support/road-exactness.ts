/** Holds a router against plain Dijkstra, pair by pair. */
import { shortestFrom } from '#modules/routing/graph/dijkstra'
import type { Router, Snap } from '#modules/routing/graph/router'
import { type Cost, createOracle, drive, startsAt } from './road-proofs.ts'

/** Distances of routes and tables are sums in another order. */
const METERS_APART_MAX = 1e-6

/** What was compared, and the first differences in words. */
export type Exactness = { pairCount: number; routeCount: number; faults: string[] }

const FAULTS_SHOWN = 10
const isSame = (a: number, b: number) => Math.abs(a - b) <= METERS_APART_MAX || (Number.isNaN(a) && Number.isNaN(b))

/**
 * Every route from a source to a target must cost what Dijkstra says, in weight and duration; be drivable, edge by edge,
 * for the same cost; and be what the table says, distances too (but `withTies`, where several ways are best).
 */
export const compareWithDijkstra = (
  router: Router,
  sources: readonly Snap[],
  targets: readonly Snap[],
  { withTies = false } = {},
): Exactness => {
  const { graph } = router
  const faults: string[] = []
  const oracle = createOracle(graph)
  const { durations, distances } = router.table(sources, targets, true)
  const plain = router.table(sources, targets)
  let routeCount = 0
  sources.forEach((from, row) => {
    const leastTo = oracle(from)
    targets.forEach((to, column) => {
      const cell = row * targets.length + column
      const least = leastTo(to)
      const path = router.path(from, to)
      const expect = (what: string, isTrue: boolean) => {
        if (isTrue) return
        faults.push(`${what}, ${row} to ${column}: ${JSON.stringify({ least, from, to, path: path?.edges.length })}`)
      }
      const seconds = path?.durationSeconds ?? Number.NaN
      expect('the table has another duration', isSame(seconds, durations[cell]!))
      expect('the table without distances has another duration', isSame(seconds, plain.durations[cell]!))
      const isAsLong = withTies || isSame(path?.distanceMeters ?? Number.NaN, distances![cell]!)
      expect('the table has another distance', isAsLong)
      if (!path) {
        expect('no route, but there is a way', least.weight === Infinity)
        return
      }
      routeCount++
      const value = { weight: Math.round(path.weight * 100), duration: Math.round(path.durationSeconds * 100) }
      expect('the route is not the best', isEqual(value, least))
      try {
        const driven = drive(graph, path)
        expect('the route costs something else when driven', isEqual(value, driven))
        expect('the route is of another length', isSame(path.distanceMeters, Math.max(0, driven.centimeters) / 100))
      } catch (error) {
        expect(`the route cannot be driven (${error instanceof Error ? error.message : error})`, false)
      }
    })
  })
  return { pairCount: sources.length * targets.length, routeCount, faults: faults.slice(0, FAULTS_SHOWN) }
}

const isEqual = (a: Cost, b: Cost) => a.weight === b.weight && a.duration === b.duration

/** Seconds to each edge as Dijkstra has them. */
export const reachByDijkstra = ({ graph }: Router, from: Snap): Float64Array =>
  shortestFrom(graph, startsAt(graph, from)).duration.map((centiseconds) => centiseconds / 100)
