import type { LatLng } from '#core/geo'
import type { RoadGraph } from '../graph/road-graph.ts'
import { type Router, SNAP_RADIUS_METERS, type Snap } from '../graph/router.ts'
import { drivingSideOf } from './driving-side.ts'
import { hintOf, snapOfHint } from './hint.ts'
import { nameOf } from './names.ts'
import { roundDegrees } from './numbers.ts'
import type { GeneralOptions } from './query.ts'
import { Refusal } from './refusal.ts'
import { bearingAt, turnTowards } from './road-line.ts'

/** A place asked for and where it lies on the roads. A leg begins and ends there on the snap's `sides`. */
export type Stop = { input: LatLng; snap: Snap }

/** Snaps all coordinates, or refuses with the first that has no road near it. */
export const stopsOf = (router: Router, coordinates: readonly LatLng[], options: GeneralOptions): Stop[] =>
  coordinates.map((input, i) => {
    const hint = options.bearings?.[i] ? undefined : options.hints?.[i]
    const hinted = hint ? snapOfHint(hint, input, router.graph) : undefined
    const snap = hinted ?? nearestSnaps(router, input, 1, i, options)[0]
    if (!snap) throw noSegment(i)
    return { input, snap: withApproach(router.graph, input, snap, options.approaches?.[i]) }
  })

export const noSegment = (index: number) =>
  new Refusal('NoSegment', `Could not find a matching segment for coordinate ${index}`)

/** The nearest roads within the radius, and of the bearing, that the request gives for this coordinate. */
export const nearestSnaps = (
  router: Router,
  input: LatLng,
  count: number,
  i: number,
  options: GeneralOptions,
): Snap[] => {
  const radius = options.radiuses?.[i]
  const bearing = options.bearings?.[i]
  if (radius == null && !bearing) return router.snap(input, count)
  return router.snap(input, count, {
    radiusMeters: Math.min(radius ?? SNAP_RADIUS_METERS, SNAP_RADIUS_METERS),
    ...(bearing && { bearing }),
  })
}

type Approach = NonNullable<GeneralOptions['approaches']>[number]

/** Leaves the side of the road on which the place lies, or the opposite one, where both are open. */
const withApproach = (graph: RoadGraph, input: LatLng, snap: Snap, approach: Approach | undefined): Snap => {
  if (!approach || approach === 'unrestricted') return snap
  // Where there is one direction only, or the place is on the road itself, there is no curb to choose.
  if (snap.sides !== 0b11 || snap.distanceMeters < CURB_METERS_MIN) return snap
  const { ties: _, ...nearest } = snap
  const isRight = turnTowards(input, snap, bearingAt(graph, snap.road, snap.fraction)) > 0
  const isOwnSide = isRight === (drivingSideOf(graph) === 'right')
  return { ...nearest, sides: isOwnSide === (approach === 'curb') ? 0b01 : 0b10 }
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
  distance: Math.round(snap.distanceMeters * 100) / 100,
  name: nameOf(graph, snap.road),
  location: [roundDegrees(snap.lng), roundDegrees(snap.lat)],
})
