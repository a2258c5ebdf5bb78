import type { LatLng } from '#core/geo'
import type { RoadGraph } from '../graph/road-graph.ts'
import type { Router, Sides, Snap } from '../graph/router.ts'
import { drivingSideOf } from './driving-side.ts'
import { hintOf, snapOfHint } from './hint.ts'
import { nameOf } from './names.ts'
import { roundDegrees } from './numbers.ts'
import type { GeneralOptions } from './query.ts'
import { Refusal } from './refusal.ts'
import { bearingAt, turnBetween, turnTowards } from './road-line.ts'

/** A place asked for, where it lies on the roads, and on which sides of its road a leg may begin or end there. */
export type Stop = { input: LatLng; snap: Snap; sides: Sides }

/** How many roads are looked at for one that can be driven in the direction asked for. */
const CANDIDATES = 8

/** Snaps all coordinates, or refuses with the first that has no road near it. */
export const stopsOf = (router: Router, coordinates: readonly LatLng[], options: GeneralOptions): Stop[] =>
  coordinates.map((input, i) => {
    const stop = stopFromHint(router, input, i, options) ?? stopOf(router, input, i, options)
    if (!stop) throw noSegment(i)
    return stop
  })

export const noSegment = (index: number) =>
  new Refusal('NoSegment', `Could not find a matching segment for coordinate ${index}`)

const stopFromHint = (router: Router, input: LatLng, i: number, options: GeneralOptions): Stop | undefined => {
  const hint = options.hints?.[i]
  const snap = hint ? snapOfHint(hint, input, router.graph) : undefined
  const sides = snap ? sidesFor(router.graph, input, snap, i, options) : 0
  return snap && sides ? { input, snap, sides } : undefined
}

const stopOf = (router: Router, input: LatLng, i: number, options: GeneralOptions): Stop | undefined => {
  const count = options.bearings?.[i] || options.approaches?.[i] ? CANDIDATES : 1
  for (const snap of nearestSnaps(router, input, count, i, options)) {
    const sides = sidesFor(router.graph, input, snap, i, options)
    if (sides) return { input, snap, sides }
  }
  return undefined
}

/** The nearest roads within the radius, and of the bearing, that the request gives for this coordinate. */
export const nearestSnaps = (
  router: Router,
  input: LatLng,
  count: number,
  i: number,
  options: GeneralOptions,
): Snap[] => {
  const radiusMeters = options.radiuses?.[i] ?? Number.POSITIVE_INFINITY
  const bearing = options.bearings?.[i] ?? undefined
  return router.snap(input, count, {
    ...(Number.isFinite(radiusMeters) && { radiusMeters }),
    ...(bearing && { bearing }),
  })
}

/** 0 when there is none. */
const sidesFor = (graph: RoadGraph, input: LatLng, snap: Snap, i: number, options: GeneralOptions): Sides | 0 => {
  const { road, fraction } = snap
  let sides = (graph.sideEdge[road * 2]! >= 0 ? 0b01 : 0) | (graph.sideEdge[road * 2 + 1]! >= 0 ? 0b10 : 0)
  const bearing = options.bearings?.[i]
  const approach = options.approaches?.[i]
  if (!bearing && (!approach || approach === 'unrestricted')) return sides as Sides | 0
  const along = bearingAt(graph, road, fraction)
  if (bearing) {
    if (Math.abs(turnBetween(along, bearing.degrees)) > bearing.range) sides &= 0b10
    if (Math.abs(turnBetween(along + 180, bearing.degrees)) > bearing.range) sides &= 0b01
  }
  // Where there is one direction only, or the place is on the road itself, there is no curb to choose.
  const canChoose = sides === 0b11 && snap.distanceMeters >= CURB_METERS_MIN
  if (!canChoose || !approach || approach === 'unrestricted') return sides as Sides | 0
  const isRight = turnTowards(input, snap, along) > 0
  const isOwnSide = isRight === (drivingSideOf(graph) === 'right')
  return isOwnSide === (approach === 'curb') ? 0b01 : 0b10
}

/** Nearer to the middle of the road, it is not known on which side of it a place lies. */
const CURB_METERS_MIN = 0.5

export type Waypoint = { hint?: string; distance: number; name: string; location: [number, number] }

export const waypointOf = (
  graph: RoadGraph,
  input: LatLng,
  snap: Snap,
  { generate_hints }: GeneralOptions,
): Waypoint => ({
  ...(generate_hints !== false && { hint: hintOf(input, snap) }),
  distance: Math.round(snap.distanceMeters * 1e6) / 1e6,
  name: nameOf(graph, snap.road),
  location: [roundDegrees(snap.lng), roundDegrees(snap.lat)],
})
