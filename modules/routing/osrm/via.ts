import type { Path, Router, Sides } from '../graph/router.ts'
import type { Stop } from './waypoints.ts'

/** Ways to a stop that arrive on one side of its road; `before` is how the stop before it was reached. */
type Arrival = { path: Path; weight: number; arriving: Sides; before?: Arrival }

/**
 * The best way through all stops, as one path from each to the next, or undefined. With `goesStraight` a way goes on from
 * a stop along the side on which it arrived there, wherever there is such a way at all: for each stop the best way to
 * either side of it is kept (dynamic programming over stops), since the nearest side may lead away from the next stop.
 */
export const pathsThrough = (router: Router, stops: readonly Stop[], goesStraight: boolean): Path[] | undefined =>
  goesStraight && stops.length > 2 ? straightPaths(router, stops) : separatePaths(router, stops)

const separatePaths = (router: Router, stops: readonly Stop[]): Path[] | undefined => {
  const paths: Path[] = []
  for (let i = 1; i < stops.length; i++) {
    const [from, to] = [stops[i - 1]!, stops[i]!]
    const path = router.path(from.snap, to.snap)
    if (!path) return undefined
    paths.push(path)
  }
  return paths
}

const straightPaths = (router: Router, stops: readonly Stop[]): Path[] | undefined => {
  const through = stops.map((stop, i) => (i === 0 || i === stops.length - 1 ? stop : onOneRoad(stop)))
  let arrivals: (Arrival | undefined)[] = [undefined]
  for (let i = 1; i < stops.length; i++) {
    const to = through[i]!
    const arriving = i === stops.length - 1 ? [to.snap.sides] : sidesApart(to.snap.sides)
    const next = arriving.map((sides) => bestArrival(router, through[i - 1]!, to, sides, arrivals))
    arrivals = next.filter((one) => one !== undefined)
    if (arrivals.length === 0) return undefined
  }
  const paths: Path[] = []
  for (let at = arrivals[0]; at; at = at.before) paths.unshift(at.path)
  return paths
}

/** To go straight on is to go on along the road that one came by: at a stop on the way, the nearest one alone. */
const onOneRoad = ({ input, snap: { ties: _, ...snap } }: Stop): Stop => ({ input, snap })

const sidesApart = (sides: Sides): Sides[] => (sides === 0b11 ? [0b01, 0b10] : [sides])

const bestArrival = (
  router: Router,
  from: Stop,
  to: Stop,
  arriving: Sides,
  befores: readonly (Arrival | undefined)[],
): Arrival | undefined => {
  let best: Arrival | undefined
  const consider = (before: Arrival | undefined, departing: Sides) => {
    const path = router.path(from.snap, to.snap, departing, arriving)
    const weight = (before?.weight ?? 0) + (path?.weight ?? 0)
    if (path && !(best && best.weight <= weight)) best = { path, weight, arriving, ...(before && { before }) }
  }
  for (const before of befores) consider(before, before?.arriving ?? from.snap.sides)
  // At the end of a one-way system, or in a street without another end, one turns round at the stop after all.
  if (!best) for (const before of befores) consider(before, from.snap.sides)
  return best
}
