import type { LatLng } from '#core/geo'
import type { FeatureCollection, Position } from './network'
import type { DemoZone } from './types'

const CORNERS = 24
const MARGIN_METERS = 150
const METERS_PER_DEGREE = 111_320

export const demoZone = (network: FeatureCollection): DemoZone => ({
  slug: 'goteborg',
  name: 'Göteborg',
  currency: 'USD',
  timeZone: 'Europe/Stockholm',
  polygon: polygonAround(positionsOf(network)),
})

/**
 * A convex polygon of CORNERS corners with every position inside it, at least MARGIN_METERS from its edge.
 * One tangent is laid against the positions in each of CORNERS evenly turned directions, and moved out by the margin;
 * the corners are where neighbouring tangents meet. Worked out in metres on a plane, which a town is small enough for.
 */
const polygonAround = (positions: Position[]): LatLng[] => {
  const plane = planeAt(positions)
  const points = positions.map(plane.toMeters)
  const tangents = Array.from({ length: CORNERS }, (_, index) => tangentTo(points, (2 * Math.PI * index) / CORNERS))
  return tangents.map((tangent, index) => plane.toLatLng(meetingPoint(tangent, tangents[(index + 1) % CORNERS]!)))
}

type Point = { x: number; y: number }
type Tangent = { angle: number; reach: number }

const tangentTo = (points: Point[], angle: number): Tangent => {
  let reach = Number.NEGATIVE_INFINITY
  for (const { x, y } of points) reach = Math.max(reach, x * Math.cos(angle) + y * Math.sin(angle))
  return { angle, reach: reach + MARGIN_METERS }
}

/** Where x·cos(angle) + y·sin(angle) = reach holds for both. */
const meetingPoint = (one: Tangent, other: Tangent): Point => {
  const turn = Math.sin(other.angle - one.angle)
  return {
    x: (one.reach * Math.sin(other.angle) - other.reach * Math.sin(one.angle)) / turn,
    y: (other.reach * Math.cos(one.angle) - one.reach * Math.cos(other.angle)) / turn,
  }
}

const planeAt = (positions: Position[]) => {
  const first = positions[0]
  if (!first) throw new Error('the network has no streets')
  const [lng, lat] = first as [number, number]
  const lngMeters = METERS_PER_DEGREE * Math.cos((lat * Math.PI) / 180)
  return {
    toMeters: (position: Position): Point => ({
      x: (position[0]! - lng) * lngMeters,
      y: (position[1]! - lat) * METERS_PER_DEGREE,
    }),
    toLatLng: ({ x, y }: Point): LatLng => ({
      lat: Number((lat + y / METERS_PER_DEGREE).toFixed(5)),
      lng: Number((lng + x / lngMeters).toFixed(5)),
    }),
  }
}

const positionsOf = (network: FeatureCollection): Position[] =>
  network.features.flatMap(({ geometry }) =>
    geometry.type === 'Polygon' ? geometry.coordinates.flat() : geometry.coordinates,
  )
