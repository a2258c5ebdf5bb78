/**
 * What else a JavaScript engineer would take, on the same Göteborg and between the same junctions. Both peers search
 * junctions, so they know no turn costs and do less: their routes are shorter in seconds than ours.
 */
import PathFinder from 'geojson-path-finder'
import createNgraph from 'ngraph.graph'
import ngraphPath from 'ngraph.path'
import { distanceMeters, type LatLng } from '#core/geo'
import { DEGREE, headOf, type RoadGraph, tailOf } from '#modules/routing/graph/road-graph'

/** Nothing on the map is faster: what is left as the crow flies takes at least so long. */
const METERS_PER_SECOND_MAX = 130 / 3.6

/** From a junction to another; seconds of the way that was found. */
export type Peer = { name: string; find(from: number, to: number): number }

const placeOf = ({ points, nodePoint }: RoadGraph, node: number): LatLng => ({
  lat: points.lat[nodePoint[node]!]! / DEGREE,
  lng: points.lng[nodePoint[node]!]! / DEGREE,
})

/** `nba`, bidirectional A*, and plain A*; the estimate is the crow's way at the highest speed. */
export const ngraphPeers = (graph: RoadGraph): Peer[] => {
  const network = createNgraph<LatLng, number>()
  for (let node = 0; node < graph.nodePoint.length; node++) network.addNode(node, placeOf(graph, node))
  graph.sideEdge.forEach((edge, side) => {
    if (edge === -1) return
    const [from, to, seconds] = [tailOf(graph, side), headOf(graph, side), graph.edgeDuration[edge]! / 100]
    const known = network.getLink(from, to)
    // It has room for one link from a node to another.
    if (!known) network.addLink(from, to, seconds)
    else known.data = Math.min(known.data, seconds)
  })
  const options = {
    oriented: true,
    distance: (_from: unknown, _to: unknown, link: { data: number }) => link.data,
    heuristic: (from: { data: LatLng }, to: { data: LatLng }) =>
      distanceMeters(from.data, to.data) / METERS_PER_SECOND_MAX,
  }
  return (['nba', 'aStar'] as const).map((algorithm) => {
    const finder = ngraphPath[algorithm](network, options)
    return {
      name: `ngraph.path ${algorithm}`,
      find: (from, to) => {
        const nodes = finder.find(from, to)
        let seconds = 0
        // From the end to the beginning.
        for (let i = 1; i < nodes.length; i++) seconds += network.getLink(nodes[i]!.id, nodes[i - 1]!.id)!.data
        return nodes.length > 0 ? seconds : Number.NaN
      },
    }
  })
}

/** Dijkstra over junctions, which it makes of the lines by itself. */
export const geojsonPeer = (graph: RoadGraph): Peer => {
  const features = [...graph.roadFrom.keys()].map((road) => {
    const line = [...graph.geometry.subarray(graph.roadFirst[road]!, graph.roadFirst[road + 1]!)]
    /** 0 where it is not driven. */
    const secondsPerMeter = (side: number) => {
      const edge = graph.sideEdge[side]!
      return edge === -1 ? 0 : graph.edgeDuration[edge]! / Math.max(1, graph.roadLength[road]!)
    }
    return {
      type: 'Feature' as const,
      properties: { forward: secondsPerMeter(road * 2), backward: secondsPerMeter(road * 2 + 1) },
      geometry: {
        type: 'LineString' as const,
        coordinates: line.map((point) => [graph.points.lng[point]! / DEGREE, graph.points.lat[point]! / DEGREE]),
      },
    }
  })
  const finder = new PathFinder(
    { type: 'FeatureCollection', features },
    {
      // Finer than the data: junctions stay apart.
      tolerance: 1 / DEGREE,
      weight: ([west, south], [east, north], { forward, backward }) => {
        const meters = distanceMeters({ lat: south!, lng: west! }, { lat: north!, lng: east! })
        return { forward: meters * forward, backward: meters * backward }
      },
    },
  )
  const pointOf = (node: number) => {
    const { lat, lng } = placeOf(graph, node)
    const geometry = { type: 'Point' as const, coordinates: [lng, lat] }
    return { type: 'Feature' as const, properties: {}, geometry }
  }
  return {
    name: 'geojson-path-finder',
    find: (from, to) => finder.findPath(pointOf(from), pointOf(to))?.weight ?? Number.NaN,
  }
}
