import type { LatLng } from '#core/geo'
import type { RoadGraph } from './road-graph'

/** The nearest point of a road to a place. */
export type Snap = LatLng & {
  road: number
  /** Where on the road: share of its length from its first junction, 0 to 1. */
  fraction: number
  /** From the place asked for, great-circle. */
  distanceMeters: number
  /** Sides on which a trip may begin and end here. */
  sides: Sides
  /**
   * Other roads as near, as all are that meet at a junction: a trip may as well begin and end on these. Given where
   * one snap was asked for.
   */
  ties?: readonly Snap[]
}

/** Roads are as near as the nearest one when they are no farther away than this besides: coordinates are no better. */
export const TIE_METERS = 0.3

/** What a road must be like to be snapped to. */
export type SnapOptions = {
  /** Nothing farther away is found. Default: SNAP_RADIUS_METERS. */
  radiusMeters?: number
  /** Degrees clockwise from north, and by how much the road's direction may differ. */
  bearing?: { degrees: number; range: number }
}

/** Sides of a road as a mask: forward only (0b01), backward only (0b10), both (0b11). */
export type Sides = 0b01 | 0b10 | 0b11

/** How far from a road a place may be, unless asked otherwise. */
export const SNAP_RADIUS_METERS = 2_000

/** A way along edges. The first edge is begun at `from.fraction`, the last ended at `to.fraction`. */
export type Path = {
  from: Snap
  to: Snap
  /** Edges in order; one only, when both places are on one edge and it need not be left. */
  edges: Int32Array
  durationSeconds: number
  /** Seconds, too: what the path was chosen by. */
  weight: number
  distanceMeters: number
}

export type Table = {
  /** Seconds, source by source: `[source * targets + target]`; NaN where there is no way. */
  durations: Float64Array
  /** Metres, likewise; only when asked for. */
  distances?: Float64Array
}

/** Questions that a prepared road graph answers. Pure: the same question, the same answer, until speeds are changed. */
export type Router = {
  graph: RoadGraph
  /** The nearest roads to a place, nearest first, each road once, at most `count`. */
  snap(place: LatLng, count?: number, options?: SnapOptions): Snap[]
  /** The best way, or undefined when there is none. Begins and ends on the snaps' own sides unless fewer are given. */
  path(from: Snap, to: Snap, departing?: Sides, arriving?: Sides): Path | undefined
  /** Others worth a look, best first, without the best itself. */
  alternatives(best: Path, countMax: number): Path[]
  table(sources: readonly Snap[], targets: readonly Snap[], withDistances?: boolean): Table
  /** Seconds from a snap to the end of each edge (Infinity where it does not reach), by edge. */
  reach(from: Snap): Float64Array
}
