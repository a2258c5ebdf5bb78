/** Questions to one city in this process. */
import { createRouter } from '#modules/routing/graph/create-router'
import { searchGraph } from '#modules/routing/graph/customise'
import { shortestFrom } from '#modules/routing/graph/dijkstra'
import { arrivals, departures, departuresTo } from '#modules/routing/graph/labels'
import { metricOf, type PreparedProfile, prepare } from '#modules/routing/graph/prepare'
import { DEGREE, type RoadGraph, tailOf } from '#modules/routing/graph/road-graph'
import type { Snap } from '#modules/routing/graph/router'
import { createSearch } from '#modules/routing/graph/search'
import { chanceFrom } from '#support/road-city'
import { drawSnaps } from '#support/road-proofs'
import { geojsonPeer, ngraphPeers, type Peer } from './routing-peers.ts'
import { measureMillis, measureQuestions, type Row } from './routing-rows.ts'
import { percentile } from './statistics.ts'

export const PAIRS = 1_000
/** Each takes milliseconds; and of so many the middle is known well enough. */
const SLOW_PAIRS = 200
const TIMES_THE_BEST_PEER_MIN = 150

export type Pairs = { from: Snap; to: Snap }[]

export const drawPairs = (graph: RoadGraph, seed: number): Pairs => {
  const snaps = drawSnaps(graph, chanceFrom(seed), 2 * PAIRS)
  return Array.from({ length: PAIRS }, (_, i) => ({ from: snaps[2 * i]!, to: snaps[2 * i + 1]! }))
}

export type SearchLimits = { p50?: number; p99?: number; pathP99?: number }

/** From snap to snap: what the way costs, and the way itself. */
export const searchRows = (city: string, profile: PreparedProfile, pairs: Pairs, limits: SearchLimits): Row[] => {
  const { graph } = profile
  const search = createSearch(searchGraph(profile.hierarchy, profile.metric))
  const query = measureQuestions(PAIRS, (i) => {
    const { from, to } = pairs[i]!
    const arrived = arrivals(graph, to, 0b11)
    return search.cost(departuresTo(graph, departures(graph, from, 0b11), arrived), arrived)
  })
  const router = createRouter(profile)
  const path = measureQuestions(PAIRS, (i) => router.path(pairs[i]!.from, pairs[i]!.to))
  return [
    { name: `${city}: query p50`, value: query.p50, unit: 'us', max: limits.p50 },
    { name: `${city}: query p99`, value: query.p99, unit: 'us', max: limits.p99 },
    { name: `${city}: with path p50`, value: path.p50, unit: 'us' },
    { name: `${city}: with path p99`, value: path.p99, unit: 'us', max: limits.pathP99 },
  ]
}

export const tableRows = (city: string, profile: PreparedProfile, sizes: [count: number, limit?: number][]): Row[] => {
  const router = createRouter(profile)
  const snaps = drawSnaps(profile.graph, chanceFrom(62), 2 * PAIRS)
  return sizes.map(([count, max]) => ({
    name: `${city}: table ${count} x ${count}`,
    value: measureMillis(count > 500 ? 3 : 15, () =>
      router.table(snaps.slice(0, count), snaps.slice(PAIRS, PAIRS + count)),
    ),
    unit: 'ms',
    max,
  }))
}

/** Places up to some hundred metres from a road. */
export const snapRows = (city: string, profile: PreparedProfile, max: number): Row[] => {
  const router = createRouter(profile)
  const { points, geometry } = profile.graph
  const chance = chanceFrom(63)
  const places = Array.from({ length: PAIRS }, () => {
    const point = geometry[Math.floor(chance() * geometry.length)]!
    return {
      lat: points.lat[point]! / DEGREE + (chance() - 0.5) * 0.004,
      lng: points.lng[point]! / DEGREE + (chance() - 0.5) * 0.008,
    }
  })
  const { p50, p99 } = measureQuestions(PAIRS, (i) => router.snap(places[i]!))
  return [
    { name: `${city}: snapping p50`, value: p50, unit: 'us', max },
    { name: `${city}: snapping p99`, value: p99, unit: 'us' },
  ]
}

const TENTH = 0.1

/** From an imported graph to one that can be asked, and a change of all speeds. */
export const preparationRows = (
  city: string,
  graph: RoadGraph,
  secondsMax: number,
): { rows: Row[]; profile: PreparedProfile } => {
  let profile: PreparedProfile | undefined
  const prepared = measureMillis(1, () => {
    profile = prepare(graph)
  })
  const { graph: ranked, hierarchy } = profile!
  const customised = measureMillis(3, () => metricOf(ranked, hierarchy))
  const share = `${((customised / prepared) * 100).toFixed(0)} % of preparation`
  const rows = [
    { name: `${city}: preparation`, value: prepared / 1000, unit: 's', max: secondsMax },
    { name: `${city}: change of speeds`, value: customised / 1000, unit: 's', max: secondsMax * TENTH, remark: share },
  ]
  return { rows, profile: profile! }
}

/** Plain Dijkstra on the same edges and turns, and the peers, between the junctions at which the pairs' roads begin. */
export const peerRows = (profile: PreparedProfile, pairs: Pairs, ourPath: number): Row[] => {
  const { graph } = profile
  const sideOf = ({ road, sides }: Snap) => road * 2 + (sides & 1 ? 0 : 1)
  const edgeOf = (snap: Snap) => graph.sideEdge[sideOf(snap)]!
  const nodeOf = (snap: Snap) => tailOf(graph, sideOf(snap))
  const dijkstra = measureQuestions(SLOW_PAIRS, (i) => {
    const { from, to } = pairs[i]!
    return shortestFrom(graph, [{ edge: edgeOf(from), weight: 0, duration: 0 }], new Set([edgeOf(to)]))
  })
  const rows: Row[] = [{ name: 'plain Dijkstra, with turn costs: p50', value: dijkstra.p50 / 1000, unit: 'ms' }]
  const peers: Peer[] = [...ngraphPeers(graph), geojsonPeer(graph)]
  let best = Infinity
  for (const peer of peers) {
    const seconds: number[] = []
    const { p50 } = measureQuestions(SLOW_PAIRS, (i) => {
      seconds[i] = peer.find(nodeOf(pairs[i]!.from), nodeOf(pairs[i]!.to))
    })
    best = Math.min(best, p50)
    rows.push({ name: `${peer.name}: p50`, value: p50 / 1000, unit: 'ms', remark: remarkOn(profile, pairs, seconds) })
  }
  rows.push({
    name: 'times as fast as the best peer, path to path',
    value: best / ourPath,
    unit: '',
    min: TIMES_THE_BEST_PEER_MIN,
  })
  return rows
}

/** Whether a peer has found ways at all, and such as ours: they lack our turn costs, so theirs are shorter. */
const remarkOn = (profile: PreparedProfile, pairs: Pairs, seconds: readonly number[]): string => {
  const router = createRouter(profile)
  const ratios = seconds.flatMap((found, i) => {
    const { from, to } = pairs[i]!
    const start = (snap: Snap): Snap => ({ ...snap, fraction: snap.sides & 1 ? 0 : 1 })
    const ours = router.path(start(from), start(to))
    return ours && ours.durationSeconds > 0 && !Number.isNaN(found) ? [found / ours.durationSeconds] : []
  })
  return `no turn costs; ${ratios.length} of ${seconds.length} found, in ${percentile(ratios, 50).toFixed(2)} of our seconds`
}
