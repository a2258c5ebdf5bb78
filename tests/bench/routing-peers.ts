/**
 * What else a JavaScript engineer would take, on the same Göteborg. They search junctions, so they know no turn costs and do
 * less than we do: their routes are shorter in seconds. ngraph can be given our edges as nodes and our turns as links
 * instead: then it answers the same question.
 */
import PathFinder from 'geojson-path-finder'
import createNgraph, { type Graph } from 'ngraph.graph'
import ngraphPath from 'ngraph.path'
import { distanceMeters, type LatLng } from '#core/geo'
import { DEGREE, headOf, type RoadGraph, tailOf } from '#modules/routing/graph/road-graph'

/** Nothing on the map is faster: what is left as the crow flies takes at least so long. */
const METERS_PER_SECOND_MAX = 130 / 3.6

/** From a junction (or an edge) to another; seconds of the way that was found. */
export type Peer = { name: string; find(from: number, to: number): number }

const placeOf = ({ points, nodePoint }: RoadGraph, node: number): LatLng => ({
  lat: points.lat[nodePoint[node]!]! / DEGREE,
  lng: points.lng[nodePoint[node]!]! / DEGREE,
})

type Link = { data: number }
type Placed = { data: LatLng }

/** Seconds are on the links; what is left as the crow flies at the highest speed is the estimate. */
const ngraphPeer = (name: string, algorithm: 'nba' | 'aStar', network: Graph<LatLng, number>): Peer => {
  const finder = ngraphPath[algorithm](network, {
    oriented: true,
    distance: (_from: unknown, _to: unknown, link: Link) => link.data,
    heuristic: (from: Placed, to: Placed) => distanceMeters(from.data, to.data) / METERS_PER_SECOND_MAX,
  })
  return {
    name: `ngraph.path ${algorithm}, ${name}`,
    find: (from, to) => {
      const nodes = finder.find(from, to)
      let seconds = 0
      // From the end to the beginning.
      for (let i = 1; i < nodes.length; i++) seconds += network.getLink(nodes[i]!.id, nodes[i - 1]!.id)!.data
      return nodes.length > 0 ? seconds : Number.NaN
    },
  }
}

/** It has room for one link from a node to another: the quickest. */
const linkUp = (network: Graph<LatLng, number>, from: number, to: number, seconds: number) => {
  const known = network.getLink(from, to)
  if (!known) network.addLink(from, to, seconds)
  else known.data = Math.min(known.data, seconds)
}

/** `nba`, bidirectional A*, and plain A*, from junction to junction. */
export const junctionPeers = (graph: RoadGraph): Peer[] => {
  const network = createNgraph<LatLng, number>()
  for (let node = 0; node < graph.nodePoint.length; node++) network.addNode(node, placeOf(graph, node))
  graph.sideEdge.forEach((edge, side) => {
    if (edge !== -1) linkUp(network, tailOf(graph, side), headOf(graph, side), graph.edgeDuration[edge]! / 100)
  })
  return (['nba', 'aStar'] as const).map((algorithm) => ngraphPeer('junctions', algorithm, network))
}

/** The same question as ours: from the end of an edge to the end of another, turn costs counted. */
export const turnPeer = (graph: RoadGraph): Peer => {
  const network = createNgraph<LatLng, number>()
  graph.edgeSide.forEach((side, edge) => {
    network.addNode(edge, placeOf(graph, headOf(graph, side)))
  })
  for (let edge = 0; edge < graph.edgeSide.length; edge++) {
    for (let turn = graph.turnFirst[edge]!; turn < graph.turnFirst[edge + 1]!; turn++) {
      const to = graph.turnTo[turn]!
      linkUp(network, edge, to, (graph.turnCost[turn]! + graph.edgeDuration[to]!) / 100)
    }
  }
  return ngraphPeer('edges and turns', 'nba', network)
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
    name: 'geojson-path-finder, junctions',
    find: (from, to) => finder.findPath(pointOf(from), pointOf(to))?.weight ?? Number.NaN,
  }
}
