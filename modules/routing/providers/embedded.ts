import type { LatLng } from '#core/geo'
import { DEGREE, type Profile } from '../graph/road-graph.ts'
import type { Path, Router, Snap } from '../graph/router.ts'
import { legOf } from '../osrm/leg.ts'
import { type Cells, noCells, type Question, type RouteQuestion, type Way } from './provider.ts'

/** Our own road graphs as a provider. Pure, but for who hands the routers in. */

/** The router of a city that all these places are in. */
export type RouterFor = (profile: Profile, places: readonly LatLng[]) => Router | undefined

/** Farther from any road than this a place is not on our map. */
const SNAP_METERS_MAX = 1_000
/** Where the nearest road leads nowhere, another one near by may. */
const SNAPS_MAX = 3

/** Undefined where no two of these places are in one city of ours. */
export const embeddedCells = (routerFor: RouterFor, question: Question): Cells | undefined => {
  const { origins, destinations, profile } = question
  const router = routerFor(profile, [...origins, ...destinations])
  if (!router) return cellsByCity(routerFor, question)
  if (origins.length === 1 && destinations.length === 1) return oneCell(router, origins[0]!, destinations[0]!)
  const cells = noCells(question)
  fillFrom(router, question, cells, allOf(origins), allOf(destinations))
  return cells
}

const allOf = (places: readonly LatLng[]): number[] => places.map((_, index) => index)

/** A place outside of the city must not take the roads from those inside. */
const cellsByCity = (routerFor: RouterFor, question: Question): Cells | undefined => {
  const { origins, destinations, profile } = question
  const cells = noCells(question)
  const cities = Map.groupBy(allOf(destinations), (column) => routerFor(profile, [destinations[column]!]))
  let isOurs = false
  for (const [router, columns] of cities) {
    if (!router) continue
    const inCity = destinations[columns[0]!]!
    const rows = allOf(origins).filter((row) => routerFor(profile, [inCity, origins[row]!]) === router)
    if (rows.length === 0) continue
    isOurs = true
    fillFrom(router, question, cells, rows, columns)
  }
  return isOurs ? cells : undefined
}

const fillFrom = (router: Router, question: Question, cells: Cells, rows: number[], columns: number[]) => {
  const { origins, destinations, withDistances } = question
  const from = snapped(router, origins, rows)
  const to = snapped(router, destinations, columns)
  if (from.snaps.length === 0 || to.snaps.length === 0) return
  const table = router.table(from.snaps, to.snaps, withDistances)
  if (table.durations.length === cells.durations.length) {
    // All of them are on the map: the table is the answer as it stands.
    cells.durations = table.durations
    if (table.distances) cells.distances = table.distances
    return
  }
  for (const [row, origin] of from.indexes.entries()) {
    for (const [column, destination] of to.indexes.entries()) {
      const [cell, source] = [origin * destinations.length + destination, row * to.indexes.length + column]
      cells.durations[cell] = table.durations[source]!
      if (table.distances) cells.distances![cell] = table.distances[source]!
    }
  }
}

/** A search of its own costs less than a table of one. */
const oneCell = (router: Router, from: LatLng, to: LatLng): Cells => {
  const path = pathBetween(router, from, to)
  return {
    durations: Float64Array.of(path?.durationSeconds ?? NaN),
    distances: Float64Array.of(path?.distanceMeters ?? NaN),
  }
}

/** Those of the places that are near a road, and which of them they are. */
const snapped = (router: Router, places: readonly LatLng[], indexes: readonly number[]) => {
  const snaps: Snap[] = []
  const found: number[] = []
  for (const index of indexes) {
    const [snap] = router.snap(places[index]!, 1, { radiusMeters: SNAP_METERS_MAX })
    if (!snap) continue
    snaps.push(snap)
    found.push(index)
  }
  return { snaps, indexes: found }
}

const pathBetween = (router: Router, from: LatLng, to: LatLng): Path | undefined => {
  const options = { radiusMeters: SNAP_METERS_MAX }
  const [start] = router.snap(from, 1, options)
  const [end] = router.snap(to, 1, options)
  if (!start || !end) return undefined
  const path = router.path(start, end)
  if (path) return path
  for (const otherStart of router.snap(from, SNAPS_MAX, options)) {
    for (const otherEnd of router.snap(to, SNAPS_MAX, options)) {
      const other = router.path(otherStart, otherEnd)
      if (other) return other
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
  return withGeometry ? { ...way, geometry: lineOf(router, path) } : way
}

const lineOf = ({ graph }: Router, path: Path): LatLng[] => {
  const { lat, lng } = legOf(graph, [path]).line
  return lat.map((north, index) => ({ lat: north / DEGREE, lng: lng[index]! / DEGREE }))
}
