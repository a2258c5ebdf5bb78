import type { City } from './format'
import { PROFILES, type RoadGraph } from './road-graph'

/**
 * A city with only those points that one of its profiles has on a road: a map's footpaths are of no use to a city of
 * cars. Numbered as they come along the roads, so that a road's points lie together.
 */
export const compactCity = (city: City): City => {
  const prepared = PROFILES.flatMap((profile) => city.profiles[profile] ?? [])
  const graphs = compactPoints(prepared.map(({ graph }) => graph))
  const profiles: City['profiles'] = {}
  PROFILES.filter((profile) => city.profiles[profile]).forEach((profile, i) => {
    profiles[profile] = { ...prepared[i]!, graph: graphs[i]! }
  })
  return { ...city, profiles }
}

/** The same for graphs that share their points. */
export const compactPoints = (graphs: readonly RoadGraph[]): RoadGraph[] => {
  const [first] = graphs
  if (!first) return []
  const { points } = first
  const numbers = new Int32Array(points.lat.length).fill(-1)
  const used: number[] = []
  for (const { geometry } of graphs) {
    for (const point of geometry) {
      if (numbers[point] !== -1) continue
      numbers[point] = used.length
      used.push(point)
    }
  }
  const kept = {
    lat: Int32Array.from(used, (point) => points.lat[point]!),
    lng: Int32Array.from(used, (point) => points.lng[point]!),
    osmId: Float64Array.from(used, (point) => points.osmId[point]!),
  }
  return graphs.map((graph) => ({
    ...graph,
    points: kept,
    geometry: graph.geometry.map((point) => numbers[point]!),
    nodePoint: graph.nodePoint.map((point) => numbers[point]!),
  }))
}
