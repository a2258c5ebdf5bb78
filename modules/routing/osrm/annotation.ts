import type { RoadGraph } from '../graph/road-graph.ts'
import type { Leg } from './leg.ts'
import { round1 } from './numbers.ts'
import { ANNOTATIONS, type AnnotationName } from './query.ts'
import { metersBetween } from './road-line.ts'

export type Annotation = {
  metadata?: { datasource_names: string[] }
  nodes?: number[]
  distance?: number[]
  duration?: number[]
  datasources?: number[]
  weight?: number[]
  speed?: number[]
}

/** Where speeds come from: one source, the profile. */
const DATASOURCE_NAMES = ['profile']

export const annotationNames = (asked: boolean | AnnotationName[] | undefined): readonly AnnotationName[] =>
  asked === true ? ANNOTATIONS : asked || []

/** Values for every two neighbouring places of a leg's line; turns are not counted, as in OSRM. */
export const annotationOf = (graph: RoadGraph, leg: Leg, names: readonly AnnotationName[]): Annotation => {
  const { line } = leg
  const values = { distance: [], duration: [], weight: [], speed: [], datasources: [] } as Record<string, number[]>
  for (const [p, piece] of leg.pieces.entries()) {
    const last = leg.pieces[p + 1]?.lineAt ?? line.lat.length - 1
    for (let i = piece.lineAt; i < last; i++) {
      const meters = metersBetween(line.lat[i]!, line.lng[i]!, line.lat[i + 1]!, line.lng[i + 1]!)
      const share = piece.distanceMeters > 0 ? meters / piece.distanceMeters : 0
      const seconds = piece.durationSeconds * share
      values.distance!.push(Math.round(meters * 100) / 100)
      values.duration!.push(round1(seconds))
      values.weight!.push(round1(piece.weight * share))
      values.speed!.push(seconds > 0 ? round1(meters / seconds) : 0)
      values.datasources!.push(0)
    }
  }
  const annotation: Annotation = {}
  for (const name of names) {
    annotation[name] = name === 'nodes' ? line.point.map((point) => graph.points.osmId[point]!) : values[name]!
  }
  if (names.includes('datasources')) annotation.metadata = { datasource_names: DATASOURCE_NAMES }
  return annotation
}
