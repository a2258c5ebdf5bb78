/** Over HTTP: the server as in production, with Göteborg's roads, asked as OSRM would be. */

import type { City } from '#modules/routing/graph/format'
import { DEGREE, type RoadGraph } from '#modules/routing/graph/road-graph'
import { writeRoads } from '#modules/routing/roads-file'
import { chanceFrom } from '#support/road-city'
import { type Connection, openConnection } from './routing-connection.ts'
import type { Row } from './routing-rows.ts'
import { startStack } from './stack.ts'
import { percentile } from './statistics.ts'

const REQUESTS = 1_000
const TABLES = 25
const TABLE_SIZE = 200
/** `/routing` answers up to so many places by default. */
const LIMITS = { plain: 0.45, full: 0.8, table: 25 }
/** OSRM 6.0, measured elsewhere: docs/benchmarks.md. */
const OSRM = { plain: 0.66, full: 1.24, table: 46 }

export const httpRows = async (city: City): Promise<Row[]> => {
  const stack = await startStack()
  const file = `${stack.dir}/goteborg.bin`
  writeRoads(file, city)
  const server = await stack.startServer({ ROADS: file })
  const connection = await openConnection(server.url)
  const chance = chanceFrom(65)
  const places = (count: number) => coordinates(city.profiles.car!.graph, chance, count)
  const routes = Array.from({ length: REQUESTS }, () => `/routing/route/v1/car/${places(2)}`)
  const half = Array.from({ length: TABLE_SIZE }, (_, i) => i)
  const tableQuery = `sources=${half.join(';')}&destinations=${half.map((i) => i + TABLE_SIZE).join(';')}`
  const tables = Array.from({ length: TABLES }, () => `/routing/table/v1/car/${places(2 * TABLE_SIZE)}?${tableQuery}`)
  const rows = [
    await measure(
      connection,
      'route without overview',
      routes.map((path) => `${path}?overview=false`),
      'plain',
    ),
    await measure(
      connection,
      'route with full geometry and steps',
      routes.map((path) => `${path}?overview=full&steps=true`),
      'full',
    ),
    await measure(connection, `table ${TABLE_SIZE} x ${TABLE_SIZE}`, tables, 'table'),
  ]
  connection.close()
  await server.stop()
  return rows.flat()
}

/** Near roads, as the places of orders are. */
const coordinates = ({ points, geometry }: RoadGraph, chance: () => number, count: number): string =>
  Array.from({ length: count }, () => {
    const point = geometry[Math.floor(chance() * geometry.length)]!
    const [lng, lat] = [points.lng[point]! / DEGREE, points.lat[point]! / DEGREE]
    return `${(lng + (chance() - 0.5) * 0.002).toFixed(6)},${(lat + (chance() - 0.5) * 0.001).toFixed(6)}`
  }).join(';')

const measure = async (
  { get }: Connection,
  name: string,
  paths: string[],
  kind: keyof typeof LIMITS,
): Promise<Row[]> => {
  const rounds = [0, 1, 2, 3]
  const taken: { p50: number; p99: number }[] = []
  let bytes = 0
  for (const round of rounds) {
    const millis: number[] = []
    for (const path of paths) {
      const from = Bun.nanoseconds()
      const body = await get(path)
      millis.push((Bun.nanoseconds() - from) / 1e6)
      bytes = Math.max(bytes, body.length)
      if (!body.startsWith('{"code":"Ok"')) throw new Error(`${path} answered ${body.slice(0, 200)}`)
    }
    // The first is to warm up.
    if (round > 0) taken.push({ p50: percentile(millis, 50), p99: percentile(millis, 99) })
  }
  const middle = (key: 'p50' | 'p99') =>
    percentile(
      taken.map((one) => one[key]),
      50,
    )
  const remark = `OSRM ${OSRM[kind]}; up to ${(bytes / 1000).toFixed(0)} kB`
  return [
    { name: `HTTP: ${name}, p50`, value: middle('p50'), unit: 'ms', max: LIMITS[kind], remark },
    { name: `HTTP: ${name}, p99`, value: middle('p99'), unit: 'ms' },
  ]
}
