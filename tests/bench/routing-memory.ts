/** How soon a stored city can be asked, and how many bytes it takes for each arc: each turn, before there are shortcuts. */
import { mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { compactCity } from '#modules/routing/graph/compact-points'
import { type PreparedProfile, prepare } from '#modules/routing/graph/prepare'
import { writeRoads } from '#modules/routing/roads-file'
import { drawnCity } from '#support/road-city'
import { onCleanup } from './cleanup.ts'
import type { Row } from './routing-rows.ts'

const OPENING_MS_MAX = 50
const BYTES_PER_ARC_MAX = 100

/** Files of their own, each opened in a process of its own. */
export const openingRows = (cities: Record<string, PreparedProfile>): Row[] => {
  const dir = join('.data', 'bench', `routing-${process.pid}`)
  mkdirSync(dir, { recursive: true })
  onCleanup(() => rmSync(dir, { recursive: true, force: true }))
  const write = (name: string, car: PreparedProfile) => {
    const file = join(dir, `${name}.bin`)
    const bounds = { south: -90, west: -180, north: 90, east: 180 }
    writeRoads(file, compactCity({ source: name, bounds, profiles: { car } }))
    return file
  }
  const small = write('small', prepare(drawnCity(1, 20, 20)))
  return Object.entries(cities).flatMap(([name, profile]) => {
    const file = write(name, profile)
    const child = Bun.spawnSync([process.execPath, 'tests/bench/routing-opening.ts', small, file])
    if (!child.success) throw new Error(child.stderr.toString())
    const { millis, bytes } = JSON.parse(child.stdout.toString())
    const arcs = profile.graph.turnTo.length
    const perArc = (what: string, value: number, max?: number, remark?: string): Row => ({
      name: `${name}: ${what}`,
      value: value / arcs,
      unit: 'B',
      max,
      remark,
    })
    const { hierarchy, index } = profile
    const shortcuts = hierarchy.out.members.length + hierarchy.in.members.length
    return [
      { name: `${name}: opening its file`, value: millis, unit: 'ms', max: OPENING_MS_MAX },
      perArc('resident per arc after 1,000 routes', bytes, BYTES_PER_ARC_MAX),
      perArc('its file per arc', statSync(file).size, BYTES_PER_ARC_MAX, partsOf(profile)),
      { name: `${name}: its file per arc with shortcuts`, value: statSync(file).size / shortcuts, unit: 'B' },
      perArc('of it the search, per arc', searchBytes(profile)),
      perArc('of it the index of places, per arc', index.roads.byteLength + index.tree.data.byteLength),
    ]
  })
}

type Arrays = Record<string, unknown>

const sizeOf = (arrays: Arrays): number =>
  Object.values(arrays).reduce<number>((sum, array) => sum + (ArrayBuffer.isView(array) ? array.byteLength : 0), 0)

const searchBytes = ({ hierarchy, metric, graph }: PreparedProfile): number => {
  const { edgeSide, sideEdge, edgeNextCopy, edgeDuration, edgeWeight, turnFirst, turnTo, turnCost } = graph
  const edges = { edgeSide, sideEdge, edgeNextCopy, edgeDuration, edgeWeight, turnFirst, turnTo, turnCost }
  return [hierarchy.out, hierarchy.in, metric.out, metric.in, edges].reduce((sum, part) => sum + sizeOf(part), 0)
}

const partsOf = ({ graph, hierarchy, metric }: PreparedProfile): string => {
  const each = (bytes: number) => (bytes / graph.turnTo.length).toFixed(0)
  const costs = sizeOf(metric.out) + sizeOf(metric.in)
  const arcs = sizeOf(hierarchy.out) + sizeOf(hierarchy.in)
  const { lat, lng } = graph.points
  const edges = searchBytes({ graph, hierarchy, metric } as PreparedProfile) - costs - arcs
  const streets = sizeOf(graph) - edges + lat.byteLength + lng.byteLength
  return `costs ${each(costs)}, shortcuts ${each(arcs)}, edges and turns ${each(edges)}, streets ${each(streets)}`
}
