import { distanceMeters } from '#core/geo'
import type { Router, Table } from '../graph/router.ts'
import { type TableOptions, tableOptions } from './query.ts'
import { Refusal } from './refusal.ts'
import type { OsrmUrl } from './url.ts'
import { type Stop, stopsOf, waypointOf } from './waypoints.ts'

export const TABLE_CELLS_MAX = 1_000_000
export const TABLE_COORDINATES_MAX = 2_000

/** Reads the options, and refuses what is too much before anything is looked up. */
export const readTable = ({ query, queryAt, coordinates }: OsrmUrl): TableOptions => {
  const options = tableOptions(query, queryAt, coordinates.length)
  if (coordinates.length > TABLE_COORDINATES_MAX || cellCount(options, coordinates.length) > TABLE_CELLS_MAX) {
    throw new Refusal('TooBig', 'Too many table coordinates')
  }
  return options
}

export const cellCount = (options: TableOptions, coordinateCount: number): number =>
  indexesOf(options.sources, coordinateCount).length * indexesOf(options.destinations, coordinateCount).length

const indexesOf = (asked: number[] | 'all' | undefined, count: number): number[] =>
  asked === undefined || asked === 'all' ? Array.from({ length: count }, (_, i) => i) : asked

/** The answer as JSON text in bytes: a large table is numbers for the most part, and they are written as they are. */
export const answerTable = (
  router: Router,
  { coordinates }: OsrmUrl,
  options: TableOptions,
): Uint8Array<ArrayBuffer> => {
  const { annotations = ['duration'] } = options
  const stops = stopsOf(router, coordinates, options)
  const sources = indexesOf(options.sources, stops.length).map((i) => stops[i]!)
  const targets = indexesOf(options.destinations, stops.length).map((i) => stops[i]!)
  const snapsOf = (some: Stop[]) => some.map(({ snap }) => snap)
  const table = router.table(snapsOf(sources), snapsOf(targets), annotations.includes('distance'))
  const estimated = estimate(table, sources, targets, options)
  const scale = options.scale_factor ?? 1
  const text = new TextBytes()
  text.add('{"code":"Ok"')
  if (annotations.includes('duration')) text.addMatrix(',"durations":', table.durations, targets.length, scale)
  if (table.distances) text.addMatrix(',"distances":', table.distances, targets.length, 1)
  if (estimated) text.add(`,"fallback_speed_cells":${JSON.stringify(estimated)}`)
  if (!options.skip_waypoints) {
    const waypoints = stops.map(({ input, snap }) => JSON.stringify(waypointOf(router.graph, input, snap, options)))
    const listOf = (some: Stop[]) => some.map((stop) => waypoints[stops.indexOf(stop)]!).join(',')
    text.add(`,"sources":[${listOf(sources)}],"destinations":[${listOf(targets)}]`)
  }
  text.add('}')
  return text.bytes()
}

/** Fills the cells without a way by a straight line at the speed asked for; tells which they are. */
const estimate = (table: Table, sources: Stop[], targets: Stop[], options: TableOptions) => {
  const { fallback_speed: speedMps, fallback_coordinate: coordinate = 'input' } = options
  if (speedMps === undefined) return undefined
  const cells: [number, number][] = []
  for (const [i, from] of sources.entries()) {
    for (const [k, to] of targets.entries()) {
      const cell = i * targets.length + k
      if (!Number.isNaN(table.durations[cell]!)) continue
      const meters = coordinate === 'input' ? distanceMeters(from.input, to.input) : distanceMeters(from.snap, to.snap)
      table.durations[cell] = meters / speedMps
      if (table.distances) table.distances[cell] = meters
      cells.push([i, k])
    }
  }
  return cells
}

/** What one number can take: fifteen digits, a point, a comma. */
const CELL_BYTES_MAX = 18

/** JSON text that grows. Numbers with one decimal are written digit by digit, several times faster than by `JSON.stringify`. */
class TextBytes {
  #buffer = Buffer.allocUnsafe(65_536)
  #length = 0

  add(text: string) {
    this.#reserve(Buffer.byteLength(text))
    this.#length += this.#buffer.write(text, this.#length)
  }

  addMatrix(key: string, values: Float64Array, columnCount: number, scale: number) {
    this.add(`${key}[`)
    this.#reserve(values.length * CELL_BYTES_MAX + (values.length / columnCount) * 3)
    const buffer = this.#buffer
    let at = this.#length
    for (let i = 0; i < values.length; i++) {
      const column = i % columnCount
      if (column > 0) buffer[at++] = COMMA
      else if (i === 0) buffer[at++] = OPEN
      else {
        buffer[at++] = CLOSE
        buffer[at++] = COMMA
        buffer[at++] = OPEN
      }
      const value = values[i]!
      at = Number.isFinite(value) ? writeTenths(buffer, at, Math.round(value * scale * 10)) : writeNull(buffer, at)
    }
    this.#length = at
    this.add(']]')
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length)
  }

  #reserve(more: number) {
    if (this.#length + more <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe((this.#length + more) * 2)
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}

const [COMMA, OPEN, CLOSE, POINT, ZERO] = [44, 91, 93, 46, 48]
const TENTHS_MAX = 1e15

/** A number of tenths, without a point when it is whole. */
const writeTenths = (buffer: Buffer, at: number, tenths: number): number => {
  if (!(tenths >= 0 && tenths < TENTHS_MAX)) return at + buffer.write(String(tenths / 10).slice(0, CELL_BYTES_MAX), at)
  const whole = Math.floor(tenths / 10)
  const digit = tenths - whole * 10
  let end = at + digitCount(whole)
  const next = digit === 0 ? end : end + 2
  if (digit !== 0) {
    buffer[end] = POINT
    buffer[end + 1] = ZERO + digit
  }
  for (let rest = whole; end > at; ) {
    const shorter = Math.floor(rest / 10)
    buffer[--end] = ZERO + rest - shorter * 10
    rest = shorter
  }
  return next
}

const digitCount = (whole: number): number => {
  let count = 1
  for (let bound = 10; whole >= bound; bound *= 10) count++
  return count
}

const writeNull = (buffer: Buffer, at: number): number => at + buffer.write('null', at)
