import type { OsmData, Restriction } from './osm-data'
import type { RoadNetwork } from './road-network'

/** Sides one after the other that may not be driven in a row: two at a junction, more along a via way. */
export type Pattern = number[]

/** Longest way through via ways, in sides: beyond it the members are not what they should be. */
const VIA_SIDES_MAX = 30

/** Points where roads must end so that restrictions can speak of them: via nodes, and ends of ways around via ways. */
export const pointsOfRestrictions = (data: OsmData, restrictions: readonly Restriction[]): Set<number> => {
  const points = new Set<number>()
  const waysNeeded = new Set<number>()
  for (const { viaPoint, viaWays, from, to } of restrictions) {
    if (viaPoint >= 0) points.add(viaPoint)
    if (viaWays.length > 0) for (const way of [...viaWays, ...from, ...to]) waysNeeded.add(way)
  }
  data.wayId.forEach((id, way) => {
    if (!waysNeeded.has(id)) return
    points.add(data.wayPoint[data.wayFirst[way]!]!)
    points.add(data.wayPoint[data.wayFirst[way + 1]! - 1]!)
  })
  return points
}

/** Restrictions that a vehicle with these names has to obey. */
export const restrictionsFor = (data: OsmData, modes: readonly string[]): Restriction[] =>
  modes.length === 0
    ? []
    : data.restrictions.filter(
        ({ mode, except }) => (mode === '' || modes.includes(mode)) && !except.some((one) => modes.includes(one)),
      )

/** Restrictions as forbidden rows of sides, and how many could not be laid on the roads. */
export const patternsOf = (
  data: OsmData,
  network: RoadNetwork,
  isDriven: (side: number) => boolean,
  restrictions: readonly Restriction[],
): { patterns: Pattern[]; unusedCount: number } => {
  const nodeOfPoint = new Map<number, number>()
  network.nodePoint.forEach((point, node) => {
    nodeOfPoint.set(point, node)
  })
  const roads: Roads = { data, network, isDriven }
  const patterns: Pattern[] = []
  let unusedCount = 0
  for (const restriction of restrictions) {
    const found =
      restriction.viaWays.length > 0
        ? alongViaWays(roads, restriction)
        : atViaNode(roads, nodeOfPoint.get(restriction.viaPoint), restriction)
    if (found.length === 0) unusedCount++
    patterns.push(...found)
  }
  return { patterns, unusedCount }
}

type Roads = { data: OsmData; network: RoadNetwork; isDriven: (side: number) => boolean }

const leaving = ({ network }: Roads, node: number): number[] =>
  Array.from(network.nodeSide.subarray(network.nodeSideFirst[node]!, network.nodeSideFirst[node + 1]!))

const wayIdOf = ({ data, network }: Roads, side: number) => data.wayId[network.sideWay[side]!]!

const headOf = ({ network }: Roads, side: number) => ((side & 1) === 0 ? network.roadTo : network.roadFrom)[side >> 1]!

/** The side of a way that leaves a node; none when the way goes through it, for then nobody knows which is meant. */
const onlySide = (roads: Roads, node: number, way: number): number[] => {
  const sides = leaving(roads, node).filter((side) => wayIdOf(roads, side) === way)
  return sides.length === 1 ? sides : []
}

const atViaNode = (roads: Roads, node: number | undefined, restriction: Restriction): Pattern[] => {
  if (node === undefined) return []
  const froms = restriction.from.flatMap((way) => onlySide(roads, node, way)).map((side) => side ^ 1)
  const tos = restriction.to.flatMap((way) => onlySide(roads, node, way))
  return forbidden(
    roads,
    froms.filter(roads.isDriven).map((side) => [side]),
    node,
    tos,
    restriction.isOnly,
  )
}

/** `no_*` forbids each `to`; `only_*` forbids everything else, as long as its `to` can be driven at all. */
const forbidden = (roads: Roads, rows: Pattern[], node: number, tos: number[], isOnly: boolean): Pattern[] => {
  const driven = tos.filter(roads.isDriven)
  if (isOnly && driven.length === 0) return []
  const ends = isOnly ? leaving(roads, node).filter((side) => roads.isDriven(side) && !tos.includes(side)) : driven
  return rows.flatMap((row) => ends.map((end) => [...row, end]))
}

/** From each end of the `from` way along the via ways, all of them, to where the `to` way begins. */
const alongViaWays = (roads: Roads, restriction: Restriction): Pattern[] => {
  const { network } = roads
  const found: Pattern[] = []
  const from = new Set(restriction.from)
  const via = new Set(restriction.viaWays)
  for (let side = 0; side < network.sideWay.length; side++) {
    // Side `side ^ 1` leaves the node that `side` comes to, on the `from` way.
    if (!from.has(wayIdOf(roads, side ^ 1)) || !roads.isDriven(side)) continue
    const row = viaRow(roads, [side], via, restriction.to)
    if (!row) continue
    const node = headOf(roads, row.at(-1)!)
    const tos = restriction.to.flatMap((way) => onlySide(roads, node, way))
    found.push(...forbidden(roads, [row], node, tos, restriction.isOnly))
  }
  return found
}

const viaRow = (roads: Roads, row: Pattern, via: ReadonlySet<number>, to: readonly number[]): Pattern | undefined => {
  const node = headOf(roads, row.at(-1)!)
  const sides = leaving(roads, node)
  const passed = new Set(row.slice(1).map((side) => wayIdOf(roads, side)))
  if (passed.size === via.size && sides.some((side) => to.includes(wayIdOf(roads, side)))) return row
  if (row.length > VIA_SIDES_MAX) return
  for (const side of sides) {
    if (!via.has(wayIdOf(roads, side)) || !roads.isDriven(side) || (side ^ 1) === row.at(-1) || row.includes(side)) {
      continue
    }
    const longer = viaRow(roads, [...row, side], via, to)
    if (longer) return longer
  }
}
