import type { LatLng } from '#core/geo'
import { pathGeometry } from '../graph/path-geometry.ts'
import type { Profile } from '../graph/road-graph.ts'
import type { Path, Router, Snap } from '../graph/router.ts'
import { type Cells, noCells, type Question, type RouteQuestion, type Way } from './provider.ts'

/** Our own road graphs as a provider. Pure, but for who hands the routers in. */

export type RouterFor = (profile: Profile, places: readonly LatLng[]) => Router | undefined

/** Farther from any road than this a place is not on our map. */
const SNAP_METERS_MAX = 1_000
/** Where the nearest road leads nowhere, another one near by may. */
const SNAPS_MAX = 3

/** Undefined without a graph for these places. */
export const embeddedCells = (routerFor: RouterFor, question: Question): Cells | undefined => {
  const { origins, destinations, profile, withDistances } = question
  const router = routerFor(profile, [...origins, ...destinations])
  if (!router) return undefined
  if (origins.length === 1 && destinations.length === 1) return oneCell(router, origins[0]!, destinations[0]!)
  const cells = noCells(question)
  const [from, to] = [snapped(router, origins), snapped(router, destinations)]
  const table = router.table(from.snaps, to.snaps, withDistances)
  for (const [row, origin] of from.indexes.entries()) {
    for (const [column, destination] of to.indexes.entries()) {
      const [cell, source] = [origin * destinations.length + destination, row * to.indexes.length + column]
      cells.durations[cell] = table.durations[source]!
      if (table.distances) cells.distances![cell] = table.distances[source]!
    }
  }
  return cells
}

/** A search of its own costs less than a table of one. */
const oneCell = (router: Router, from: LatLng, to: LatLng): Cells => {
  const path = pathBetween(router, from, to)
  return {
    durations: Float64Array.of(path?.durationSeconds ?? NaN),
    distances: Float64Array.of(path?.distanceMeters ?? NaN),
  }
}

const snapOf = (router: Router, place: LatLng): Snap | undefined =>
  router.snap(place, 1, { radiusMeters: SNAP_METERS_MAX })[0]

/** The places that are on the map, and which of them they are. */
const snapped = (router: Router, places: readonly LatLng[]) => {
  const found = places.flatMap((place, index) => {
    const snap = snapOf(router, place)
    return snap ? [{ snap, index }] : []
  })
  return { snaps: found.map(({ snap }) => snap), indexes: found.map(({ index }) => index) }
}

const pathBetween = (router: Router, from: LatLng, to: LatLng): Path | undefined => {
  const options = { radiusMeters: SNAP_METERS_MAX }
  const [starts, ends] = [router.snap(from, SNAPS_MAX, options), router.snap(to, SNAPS_MAX, options)]
  for (const start of starts) {
    for (const end of ends) {
      const path = router.path(start, end)
      if (path) return path
    }
  }
  return undefined
}

/** Or why there is none. */
export const embeddedWay = (
  routerFor: RouterFor,
  { from, to, profile, withGeometry }: RouteQuestion,
): Way | 'no-roads' | 'no-way' => {
  const router = routerFor(profile, [from, to])
  if (!router) return 'no-roads'
  const path = pathBetween(router, from, to)
  if (!path) return 'no-way'
  const way = { durationSeconds: path.durationSeconds, distanceMeters: path.distanceMeters }
  return withGeometry ? { ...way, geometry: pathGeometry(router.graph, path) } : way
}
