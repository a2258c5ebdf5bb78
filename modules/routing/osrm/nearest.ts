import { isForward, type RoadGraph } from '../graph/road-graph.ts'
import type { Router, Snap } from '../graph/router.ts'
import { type NearestOptions, nearestOptions } from './query.ts'
import { Refusal } from './refusal.ts'
import { segmentAt } from './road-line.ts'
import type { OsrmUrl } from './url.ts'
import { nearestSnaps, noSegment, type Waypoint, waypointOf } from './waypoints.ts'

export const NEAREST_MAX = 100

export type NearestAnswer = { code: 'Ok'; waypoints?: (Waypoint & { nodes: [number, number] })[] }

export const readNearest = ({ query, queryAt, coordinates }: OsrmUrl): NearestOptions => {
  const options = nearestOptions(query, queryAt, coordinates.length)
  if ((options.number ?? 1) > NEAREST_MAX) {
    throw new Refusal('TooBig', `Number of results ${options.number} is higher than current maximum (${NEAREST_MAX})`)
  }
  return options
}

export const answerNearest = (router: Router, { coordinates }: OsrmUrl, options: NearestOptions): NearestAnswer => {
  const input = coordinates[0]!
  const snaps = nearestSnaps(router, input, options.number ?? 1, 0, options)
  if (snaps.length === 0) throw noSegment(0)
  const waypoints = snaps.map((snap) => ({
    nodes: nodesAt(router.graph, snap),
    ...waypointOf(router.graph, input, snap, options),
  }))
  return { code: 'Ok', ...(!options.skip_waypoints && { waypoints }) }
}

/** The OpenStreetMap nodes on either side of a place, in the direction in which the road may be driven; 0 for none. */
const nodesAt = (graph: RoadGraph, { road, fraction }: Snap): [number, number] => {
  const first = graph.roadFirst[road]! + segmentAt(graph, road, fraction)
  const idAt = (i: number) => graph.points.osmId[graph.geometry[i]!]!
  const nodes: [number, number] = [idAt(first), idAt(first + 1)]
  const side = graph.sideEdge[road * 2]! >= 0 ? road * 2 : road * 2 + 1
  return isForward(side) ? nodes : [nodes[1], nodes[0]]
}
