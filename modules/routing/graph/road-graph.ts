/**
 * The road network of one city for one profile, as typed arrays: what is stored in a roads file and what queries run on.
 *
 * A *road* is an undirected piece of street between two junctions, with the same name and speed all along. A *side* is a
 * road with a direction: `road * 2` from its first junction to its last, `road * 2 + 1` back. An *edge* is a side that
 * may be driven; edges are the vertices of the search (an edge-based graph), so that each *turn* from one edge to
 * another has a cost of its own or is forbidden.
 *
 * A side has more than one edge, *copies* of each other, where what may come next depends on how it was reached: a road
 * with no through traffic (one copy leads out of it and begins trips, another leads into it and ends them) and the
 * middle of a turn restriction with a via way.
 */
export const PROFILES = ['car', 'scooter', 'bike', 'foot'] as const
export type Profile = (typeof PROFILES)[number]

/** Coordinates are integers: degrees times this, as OpenStreetMap keeps them. */
export const DEGREE = 1e7

/** Texts one after the other in UTF-8; text `i` lies between `first[i]` and `first[i + 1]`. Text 0 is empty. */
export type Texts = { first: Int32Array; bytes: Uint8Array }

/** Points on roads, shared by all profiles of a city. */
export type Points = {
  /** Degrees times DEGREE. */
  lat: Int32Array
  lng: Int32Array
  /** OpenStreetMap's node ids; 0 where the source has none. */
  osmId: Float64Array
}

/** Bits of `roadFlags`. The lowest four are the class of the road, an index in ROAD_CLASSES. */
export const ROAD_CLASSES = [
  'motorway',
  'trunk',
  'primary',
  'secondary',
  'tertiary',
  'unclassified',
  'residential',
  'living_street',
  'service',
  'track',
  'pedestrian',
  'cycleway',
  'footway',
  'steps',
  'path',
  'ferry',
] as const
export type RoadClass = (typeof ROAD_CLASSES)[number]
export const ROAD_CLASS_MASK = 0b1111
export const ROAD_LINK = 1 << 4
export const ROAD_ROUNDABOUT = 1 << 5
export const ROAD_BRIDGE = 1 << 6
export const ROAD_TUNNEL = 1 << 7
/** No through traffic: private, destination, customers, delivery. */
export const ROAD_RESTRICTED = 1 << 8
export const ROAD_TOLL = 1 << 9
/** Vehicles are pushed here (a bicycle on a footway, steps). */
export const ROAD_PUSHED = 1 << 10

export type RoadGraph = {
  points: Points
  texts: Texts
  /** The point a junction lies at. Index: node. */
  nodePoint: Int32Array
  /** Sides that leave a node, driven or not, by `nodeSideFirst[node]` up to `nodeSideFirst[node + 1]`. */
  nodeSideFirst: Int32Array
  nodeSide: Int32Array
  /** Nodes at a road's two ends. Index: road. */
  roadFrom: Int32Array
  roadTo: Int32Array
  /** Points of a road from its first node to its last, both counted: `geometry[roadFirst[road]]` and on. */
  roadFirst: Int32Array
  geometry: Int32Array
  /** Centimetres along the geometry, great-circle. */
  roadLength: Int32Array
  /** Text indexes. */
  roadName: Int32Array
  roadRef: Int32Array
  roadFlags: Uint16Array
  /** The edge on which a trip may begin on this side, -1 where none may. Its other copies follow by `edgeNextCopy`. */
  sideEdge: Int32Array
  /** Index: edge. */
  edgeSide: Int32Array
  /** The next copy of the same side, -1 at the last. A trip begins on the first, and ends on any. */
  edgeNextCopy: Int32Array
  /** Centiseconds to drive the edge from end to end, without its turns; at least 1. */
  edgeDuration: Int32Array
  /** What routes are chosen by, in centiseconds as well: more than the duration where a road is better left alone. */
  edgeWeight: Int32Array
  /** Turns from an edge: `turnTo[turnFirst[edge]]` and on. Costs in centiseconds, the same for duration and weight. */
  turnFirst: Int32Array
  turnTo: Int32Array
  turnCost: Int32Array
}

export const isForward = (side: number): boolean => (side & 1) === 0
export const roadOf = (side: number): number => side >> 1
/** The node a side leads to. */
export const headOf = (graph: RoadGraph, side: number): number =>
  isForward(side) ? graph.roadTo[side >> 1]! : graph.roadFrom[side >> 1]!
/** The node a side comes from. */
export const tailOf = (graph: RoadGraph, side: number): number => headOf(graph, side ^ 1)
