import { expect, test } from 'bun:test'
import { chanceFrom, drawnCity } from '#support/road-city'
import { compareWithDijkstra } from '#support/road-exactness'
import { madeGraph } from '#support/road-graphs'
import { drawSnaps } from '#support/road-proofs'
import { createRouter } from './create-router.ts'
import { type City, decodeCity, encodeCity, FORMAT_VERSION, RoadsFormatError } from './format.ts'
import { prepare } from './prepare.ts'

const bounds = { south: 57.6, west: 11.8, north: 57.8, east: 12.1 }
const small = prepare(
  madeGraph({
    nodes: [
      [0, 0],
      [100, 0],
      [100, 100],
    ],
    roads: [
      { from: 0, to: 1 },
      { from: 1, to: 2, isRestricted: true },
      { from: 2, to: 0, driven: 'forward' },
    ],
  }),
)
small.graph.texts = { first: Int32Array.of(0, 0, 5), bytes: new TextEncoder().encode('Åkern'.slice(0, 4)) }
const city: City = { source: 'made by hand, Ä', bounds, profiles: { car: small, foot: small } }

const decode = (bytes: Uint8Array) => decodeCity(bytes.slice() as Uint8Array<ArrayBuffer>)
const refusal = (bytes: Uint8Array): string => {
  try {
    decode(bytes)
  } catch (error) {
    if (error instanceof RoadsFormatError) return error.message
    throw error
  }
  return 'none'
}

test('what was written is read again', () => {
  const read = decode(encodeCity(city))
  expect(read.source).toBe(city.source)
  expect(read.bounds).toEqual(bounds)
  expect(Object.keys(read.profiles)).toEqual(['car', 'foot'])
  for (const profile of ['car', 'foot'] as const) {
    expect(read.profiles[profile]!.graph).toEqual(small.graph)
    expect(read.profiles[profile]!.hierarchy).toEqual(small.hierarchy)
    expect(read.profiles[profile]!.metric).toEqual(small.metric)
    expect(read.profiles[profile]!.index.roads).toEqual(small.index.roads)
  }
})

test('a city that was read answers as the one that was written', () => {
  const written = createRouter(prepare(drawnCity(31, 12, 12)))
  const { graph } = written
  const profile = prepare(drawnCity(31, 12, 12))
  const read = createRouter(decode(encodeCity({ source: '', bounds, profiles: { car: profile } })).profiles.car!)
  const snaps = drawSnaps(graph, chanceFrom(32), 20)
  expect(compareWithDijkstra(read, snaps, snaps).faults).toEqual([])
  expect(read.table(snaps, snaps)).toEqual(written.table(snaps, snaps))
  const place = { lat: 57.701, lng: 11.975 }
  expect(read.snap(place, 5)).toEqual(written.snap(place, 5))
  expect(read.snap(place, 5).length).toBe(5)
})

test('a city that was read and is written again is the same bytes, so that profiles of two files can go into one', () => {
  const bytes = encodeCity(city)
  expect(encodeCity(decode(bytes))).toEqual(bytes)
  const { car } = city.profiles
  const { foot } = decode(bytes).profiles
  expect(encodeCity({ ...city, profiles: { car: car!, foot: foot! } })).toEqual(bytes)
})

test('the same city is the same bytes', () => {
  expect(encodeCity(city)).toEqual(encodeCity(city))
})

test('bytes that do not begin a buffer are read as well', () => {
  const bytes = encodeCity(city)
  const larger = new Uint8Array(bytes.length + 16)
  larger.set(bytes, 8)
  expect(decodeCity(larger.subarray(8, 8 + bytes.length)).profiles.car!.graph).toEqual(small.graph)
})

test('whatever is cut off, it is refused', () => {
  const bytes = encodeCity(city)
  for (let length = 0; length < bytes.length; length += length < 64 ? 1 : 7) {
    expect(refusal(bytes.subarray(0, length))).toMatch(length < 24 ? /no roads file/ : /damaged or not whole/)
  }
  expect(refusal(bytes.subarray(0, bytes.length - 1))).toMatch(/damaged or not whole/)
  expect(refusal(new Uint8Array([...bytes, 0]))).toMatch(/damaged or not whole/)
})

test('one flipped bit anywhere is noticed', () => {
  const bytes = encodeCity(city)
  for (let at = 0; at < bytes.length; at += at < 200 ? 1 : 13) {
    bytes[at]! ^= 1 << (at % 8)
    expect(refusal(bytes)).not.toBe('none')
    bytes[at]! ^= 1 << (at % 8)
  }
  expect(refusal(bytes)).toBe('none')
})

test('another version says so, and what to do', () => {
  const bytes = encodeCity(city)
  new DataView(bytes.buffer).setUint32(8, FORMAT_VERSION + 1, true)
  expect(refusal(bytes)).toMatch(
    new RegExp(`version ${FORMAT_VERSION + 1} .* reads ${FORMAT_VERSION}: import it again`),
  )
})

test('something else altogether', () => {
  for (const text of ['', 'RND', 'a'.repeat(1000), '{"type":"FeatureCollection"}', '\n\x0b OSMHeader'])
    expect(refusal(new TextEncoder().encode(text))).toMatch(/no roads file; `bun run roads:import` makes them/)
})

test('a part that the description does not have, or that lies outside', () => {
  const bytes = encodeCity(city)
  const text = Buffer.from(bytes).toString('latin1')
  const sealed = (changed: string) => {
    const copy = Uint8Array.from(Buffer.from(changed, 'latin1'))
    const view = new DataView(copy.buffer)
    view.setBigUint64(16, Bun.hash.xxHash64(copy.subarray(24), BigInt(view.getUint32(12, true))) as bigint, true)
    return copy
  }
  expect(refusal(sealed(text))).toBe('none')
  expect(refusal(sealed(text.replace('"car.turnTo"', '"car.turnTx"')))).toBe('its part car.turnTo is missing')
  expect(refusal(sealed(text.replace(/("points.lat":\{"kind":"i32","length":)\d/, '$12')))).toBe('none')
  expect(
    refusal(sealed(text.replace(/("foot.turnTo":\{"kind":"i32","length":\d,"offset":)\d\d\d\d/, '$19999'))),
  ).toMatch(/cut off/)
})

test('a city without roads', () => {
  const profile = prepare(madeGraph({ nodes: [], roads: [] }))
  const read = decode(encodeCity({ source: '', bounds, profiles: { bike: profile } }))
  const router = createRouter(read.profiles.bike!)
  expect(router.snap({ lat: 57.7, lng: 11.97 })).toEqual([])
  expect(read.profiles.car).toBeUndefined()
})
