/** Road graphs made by hand, in which the right answer can be seen or drawn from a seed. */
import { distanceMeters, EARTH_RADIUS_METERS, type LatLng } from '#core/geo'
import { sidesByNode } from '#modules/routing/graph/import/road-network'
import { DEGREE, ROAD_RESTRICTED, type RoadGraph } from '#modules/routing/graph/road-graph'

/** Metres east and north of a place in Göteborg. */
export type Spot = readonly [east: number, north: number]

export type RoadPlan = {
  from: number
  to: number
  /** Along the road. Default: at 10 m/s. */
  seconds?: number
  /** Default: both. */
  driven?: 'both' | 'forward' | 'backward'
  /** What the road's weight has more than its duration. */
  extraWeightSeconds?: number
  /** No through traffic. */
  isRestricted?: boolean
  bends?: readonly Spot[]
}

export type GraphPlan = {
  nodes: readonly Spot[]
  roads: readonly RoadPlan[]
  /** Seconds for a turn between sides; default 0. */
  turnSeconds?: (from: number, to: number) => number
  /** Pairs of sides of which the second may not follow the first. */
  forbidden?: readonly (readonly [number, number])[]
  /** Three sides that may not follow each other in a row, by copies of the middle one. None of a restricted road. */
  forbiddenVia?: readonly (readonly [number, number, number])[]
  /** Back into the same road where there is another way out. Default: no. */
  canTurnBack?: boolean
}

const METERS_PER_SECOND = 10
const ORIGIN: LatLng = { lat: 57.7, lng: 11.97 }
const METERS_PER_DEGREE = (EARTH_RADIUS_METERS * Math.PI) / 180

export const placeAt = ([east, north]: Spot): LatLng => ({
  lat: ORIGIN.lat + north / METERS_PER_DEGREE,
  lng: ORIGIN.lng + east / (METERS_PER_DEGREE * Math.cos((ORIGIN.lat * Math.PI) / 180)),
})

export const madeGraph = (plan: GraphPlan): RoadGraph => {
  const spots = [...plan.nodes]
  const geometry: number[] = []
  const roadFirst = [0]
  const roadLength = plan.roads.map(({ from, to, bends = [] }) => {
    const line = [from, ...bends.map((bend) => spots.push(bend) - 1), to]
    geometry.push(...line)
    roadFirst.push(geometry.length)
    return Math.round(100 * lengthOf(line.map((i) => spots[i]!)))
  })
  const roadFrom = Int32Array.from(plan.roads, ({ from }) => from)
  const roadTo = Int32Array.from(plan.roads, ({ to }) => to)
  const places = spots.map(placeAt)
  const none = new Int32Array(plan.roads.length)
  const edges = edgesOf(plan)
  const centiseconds = (side: number) => {
    const seconds = plan.roads[side >> 1]!.seconds ?? roadLength[side >> 1]! / 100 / METERS_PER_SECOND
    return Math.max(1, Math.round(seconds * 100))
  }
  return {
    points: {
      lat: Int32Array.from(places, ({ lat }) => Math.round(lat * DEGREE)),
      lng: Int32Array.from(places, ({ lng }) => Math.round(lng * DEGREE)),
      osmId: Float64Array.from(places.keys()),
    },
    texts: { first: new Int32Array(2), bytes: new Uint8Array() },
    nodePoint: Int32Array.from(plan.nodes.keys()),
    ...sidesByNode(plan.nodes.length, roadFrom, roadTo),
    roadFrom,
    roadTo,
    roadFirst: Int32Array.from(roadFirst),
    geometry: Int32Array.from(geometry),
    roadLength: Int32Array.from(roadLength),
    roadName: none,
    roadRef: none.slice(),
    roadFlags: Uint16Array.from(plan.roads, ({ isRestricted }) => (isRestricted ? ROAD_RESTRICTED : 0)),
    ...edges.parts,
    edgeDuration: edges.parts.edgeSide.map(centiseconds),
    edgeWeight: edges.parts.edgeSide.map(
      (side) => centiseconds(side) + Math.round(100 * (plan.roads[side >> 1]!.extraWeightSeconds ?? 0)),
    ),
    ...turnsOf(plan, edges),
  }
}

const lengthOf = (line: readonly Spot[]): number => {
  let meters = 0
  for (let i = 1; i < line.length; i++) meters += distanceMeters(placeAt(line[i - 1]!), placeAt(line[i]!))
  return meters
}

/** An edge for each side, a way in besides for each side of a restricted road, a copy for each restriction by a via. */
type MadeEdges = {
  parts: Pick<RoadGraph, 'sideEdge' | 'edgeSide' | 'edgeNextCopy'>
  into: Map<number, number>
  /** By `first:middle`: the copy of `middle` that follows `first`; and what may not follow that. */
  copies: Map<string, number>
  notAfterCopy: Map<number, Set<number>>
}

const edgesOf = ({ roads, forbiddenVia = [] }: GraphPlan): MadeEdges => {
  const sideEdge = new Int32Array(roads.length * 2).fill(-1)
  const edgeSide: number[] = []
  const edgeNextCopy: number[] = []
  const into = new Map<number, number>()
  const copies = new Map<string, number>()
  const notAfterCopy = new Map<number, Set<number>>()
  const last = new Map<number, number>()
  const add = (side: number): number => {
    const edge = edgeSide.push(side) - 1
    edgeNextCopy.push(-1)
    const before = last.get(side)
    if (before === undefined) sideEdge[side] = edge
    else edgeNextCopy[before] = edge
    last.set(side, edge)
    return edge
  }
  roads.forEach(({ driven = 'both' }, road) => {
    if (driven !== 'backward') add(road * 2)
    if (driven !== 'forward') add(road * 2 + 1)
  })
  for (const [side] of [...last]) if (roads[side >> 1]!.isRestricted) into.set(side, add(side))
  for (const [first, middle, third] of forbiddenVia) {
    const key = `${first}:${middle}`
    const copy = copies.get(key) ?? add(middle)
    copies.set(key, copy)
    notAfterCopy.set(copy, (notAfterCopy.get(copy) ?? new Set()).add(third))
  }
  const parts = { sideEdge, edgeSide: Int32Array.from(edgeSide), edgeNextCopy: Int32Array.from(edgeNextCopy) }
  return { parts, into, copies, notAfterCopy }
}

const turnsOf = (plan: GraphPlan, { parts, into, copies, notAfterCopy }: MadeEdges) => {
  const { roads, turnSeconds = () => 0, forbidden = [], canTurnBack = false } = plan
  const isForbidden = new Set(forbidden.map(([from, to]) => `${from}:${to}`))
  const leaving = plan.nodes.map(() => [] as number[])
  parts.sideEdge.forEach((edge, side) => {
    if (edge !== -1) leaving[side & 1 ? roads[side >> 1]!.to : roads[side >> 1]!.from]!.push(side)
  })
  const isInto = new Set(into.values())
  const turnFirst = [0]
  const turnTo: number[] = []
  const turnCost: number[] = []
  parts.edgeSide.forEach((side, edge) => {
    const node = side & 1 ? roads[side >> 1]!.from : roads[side >> 1]!.to
    const isRestricted = roads[side >> 1]!.isRestricted ?? false
    for (const next of leaving[node]!) {
      const isBack = next === (side ^ 1)
      if (isBack && !canTurnBack && leaving[node]!.length > 1) continue
      if (isForbidden.has(`${side}:${next}`) || notAfterCopy.get(edge)?.has(next)) continue
      const nextIsRestricted = roads[next >> 1]!.isRestricted ?? false
      // Into seclusion one goes in to stay.
      if (isInto.has(edge) && !nextIsRestricted) continue
      const isGoingIn = nextIsRestricted && (isInto.has(edge) || !isRestricted)
      turnTo.push(isGoingIn ? into.get(next)! : (copies.get(`${side}:${next}`) ?? parts.sideEdge[next]!))
      turnCost.push(Math.round(100 * turnSeconds(side, next)))
    }
    turnFirst.push(turnTo.length)
  })
  return {
    turnFirst: Int32Array.from(turnFirst),
    turnTo: Int32Array.from(turnTo),
    turnCost: Int32Array.from(turnCost),
  }
}
