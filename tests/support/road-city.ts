/** Cities to prove the search on: one drawn from a seed, with everything roads can be, and Göteborg. */
import { seededRandom } from '#demo/random'
import { importRoads, readGeoJson } from '#modules/routing/graph/import/index'
import type { RoadGraph } from '#modules/routing/graph/road-graph'
import { type GraphPlan, madeGraph, type RoadPlan, type Spot } from './road-graphs'

/** Numbers in [0, 1) from a seed. */
export const chanceFrom = seededRandom

export const goteborgFile = new URL(import.meta.resolve('geojson-path-finder/test/large-network.json'))

/** As the importer makes it, for cars. */
export const goteborgGraph = async (): Promise<RoadGraph> =>
  importRoads(readGeoJson(await Bun.file(goteborgFile).json()), 'car').graph

const BLOCK_METERS = 110
const KMH = [20, 30, 30, 50, 70]
const BRIDGE_EVERY_ROWS = 12

/**
 * A crooked grid across a river with few bridges: one-ways, dead ends, parallel roads, roads from a junction to itself,
 * roads without through traffic, roads better left alone, forbidden turns (also by a road between). About four
 * edges to a junction.
 */
export const drawnCity = (seed: number, columns: number, rows: number): RoadGraph =>
  madeGraph(cityPlan(seed, columns, rows))

const cityPlan = (seed: number, columns: number, rows: number): GraphPlan => {
  const chance = chanceFrom(seed)
  const isOften = (share: number) => chance() < share
  const nodes: Spot[] = []
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) nodes.push([jittered(chance, column), jittered(chance, row)])
  }
  const roads: RoadPlan[] = []
  const add = (from: number, to: number) => {
    const direction = chance()
    const [a, b] = [nodes[from]!, nodes[to]!]
    const middle: Spot = [(a[0] + b[0]) / 2 + 20 * chance(), (a[1] + b[1]) / 2 + 20 * chance()]
    const meters = Math.hypot(a[0] - b[0], a[1] - b[1]) + 10
    const kmh = KMH[Math.floor(chance() * KMH.length)]!
    roads.push({
      from,
      to,
      seconds: (meters / kmh) * 3.6,
      driven: direction < 0.12 ? 'forward' : direction < 0.24 ? 'backward' : 'both',
      extraWeightSeconds: isOften(0.05) ? 15 : 0,
      isRestricted: isOften(0.04),
      bends: from === to ? [middle, [middle[0] + 30, middle[1] - 30]] : isOften(0.3) ? [middle] : [],
    })
  }
  const river = columns >> 1
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const node = row * columns + column
      const isBank = column + 1 === river
      if (column + 1 < columns && (isBank ? row % BRIDGE_EVERY_ROWS === 3 : isOften(0.93))) add(node, node + 1)
      if (row + 1 < rows && isOften(0.93)) add(node, node + columns)
      if (isOften(0.03)) add(node, nodes.push([nodes[node]![0] + 50 * chance(), nodes[node]![1] - 40]) - 1)
      if (isOften(0.01) && column + 1 < columns && !isBank) add(node, node + 1)
      if (isOften(0.01)) add(node, node)
    }
  }
  const turnSeconds = (from: number, to: number) => ((from * 7 + to * 13) % 60) / 10
  return { nodes, roads, turnSeconds, ...restrictionsOf(roads, isOften) }
}

const jittered = (chance: () => number, index: number) => (index + (chance() - 0.5) * 0.5) * BLOCK_METERS

const restrictionsOf = (roads: readonly RoadPlan[], isOften: (share: number) => boolean) => {
  const leaving = new Map<number, number[]>()
  roads.forEach(({ from, to, driven }, road) => {
    if (driven !== 'backward') leaving.set(from, [...(leaving.get(from) ?? []), road * 2])
    if (driven !== 'forward') leaving.set(to, [...(leaving.get(to) ?? []), road * 2 + 1])
  })
  const forbidden: [number, number][] = []
  const forbiddenVia: [number, number, number][] = []
  const headOf = (side: number) => (side & 1 ? roads[side >> 1]!.from : roads[side >> 1]!.to)
  for (const from of [...leaving.values()].flat()) {
    for (const to of leaving.get(headOf(from)) ?? []) {
      if (isOften(0.02)) forbidden.push([from, to])
      if (!isOften(0.01) || roads[to >> 1]!.isRestricted) continue
      const third = leaving.get(headOf(to))?.[0]
      if (third !== undefined) forbiddenVia.push([from, to, third])
    }
  }
  return { forbidden, forbiddenVia }
}
