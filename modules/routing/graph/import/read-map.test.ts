import { describe, expect, test } from 'bun:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { MapFileError } from './file-error'
import { type OsmData, pointTags, wayTags } from './osm-data'
import { type PbfMap, type PbfStyle, pbfOf } from './pbf-sketch'
import { readMap } from './read-map'

const map: PbfMap = {
  nodes: [
    { id: 11, lat: 57.7001, lng: 11.9701 },
    { id: 12, lat: 57.7002, lng: 11.9702, tags: { highway: 'traffic_signals', note: 'old' } },
    { id: 13, lat: 57.7003, lng: 11.9703, tags: { amenity: 'bench' } },
    { id: 14, lat: -33.9, lng: -70.1, tags: { barrier: 'gate' } },
    // Ids beyond 32 bits are usual by now.
    { id: 12_000_000_015, lat: 57.7005, lng: 11.9705 },
  ],
  ways: [
    { id: 101, nodeIds: [13, 11, 12], tags: { highway: 'primary', name: 'Avenyn', 'source:note': 'x' } },
    { id: 102, nodeIds: [12, 12_000_000_015], tags: { highway: 'residential', name: 'Åsgatan', ref: 'E 6' } },
    { id: 103, nodeIds: [11, 14], tags: { building: 'yes' } },
  ],
  relations: [
    {
      id: 201,
      tags: { type: 'restriction', restriction: 'no_left_turn', except: 'bicycle;psv' },
      members: [
        { id: 101, role: 'from', type: 'way' },
        { id: 12, role: 'via', type: 'node' },
        { id: 102, role: 'to', type: 'way' },
      ],
    },
    { id: 202, tags: { type: 'route', route: 'bus' }, members: [{ id: 101, role: '', type: 'way' }] },
  ],
}

const xml = `<?xml version='1.0' encoding='UTF-8'?>
<osm version="0.6">
  <bounds minlat="57.7" minlon="11.9" maxlat="57.8" maxlon="12"/>
  ${map.nodes
    .map(({ id, lat, lng, tags = {} }) => `<node id="${id}" lat="${lat}" lon="${lng}">${xmlTags(tags)}</node>`)
    .join('\n')}
  ${map.ways
    .map(
      ({ id, nodeIds, tags }) =>
        `<way id="${id}">${nodeIds.map((ref) => `<nd ref="${ref}"/>`).join('')}${xmlTags(tags)}</way>`,
    )
    .join('\n')}
  ${map
    .relations!.map(
      ({ id, members, tags }) =>
        `<relation id="${id}">${members
          .map((one) => `<member type="${one.type}" ref="${one.id}" role="${one.role}"/>`)
          .join('')}${xmlTags(tags)}</relation>`,
    )
    .join('\n')}
</osm>`

function xmlTags(tags: Record<string, string>) {
  return Object.entries(tags)
    .map(([key, value]) => `<tag k="${key}" v="${value}"/>`)
    .join('')
}

const geoJson = JSON.stringify({
  type: 'FeatureCollection',
  features: map.ways.map(({ id, nodeIds, tags }) => ({
    type: 'Feature',
    id: `way/${id}`,
    properties: tags,
    geometry: {
      type: 'LineString',
      coordinates: nodeIds.map((ref) => map.nodes.find((node) => node.id === ref)!).map(({ lat, lng }) => [lng, lat]),
    },
  })),
})

/** The ways as they were read: id, tags, and places of their points. */
const waysOf = (data: OsmData) =>
  Array.from(data.wayId, (id, way) => ({
    id,
    tags: Object.fromEntries(wayTags(data, way) as Map<string, string>),
    places: Array.from(data.wayPoint.subarray(data.wayFirst[way], data.wayFirst[way + 1]), (point) => [
      data.points.lat[point],
      data.points.lng[point],
    ]),
  }))

const expectedWays: ReturnType<typeof waysOf> = [
  {
    id: 101,
    tags: { highway: 'primary', name: 'Avenyn' },
    places: [
      [577003000, 119703000],
      [577001000, 119701000],
      [577002000, 119702000],
    ],
  },
  {
    id: 102,
    tags: { highway: 'residential', name: 'Åsgatan', ref: 'E 6' },
    places: [
      [577002000, 119702000],
      [577005000, 119705000],
    ],
  },
]

const textAt = ({ texts }: OsmData, index: number) =>
  new TextDecoder().decode(texts.bytes.subarray(texts.first[index], texts.first[index + 1]))

const bytesOf = (text: string) => new TextEncoder().encode(text)

describe('a map is read the same from every format', () => {
  const styles: [string, PbfStyle][] = [
    ['dense nodes, zlib', {}],
    ['plain nodes', { isDense: false }],
    ['not compressed', { compression: 'none' }],
    ['zstd', { compression: 'zstd' }],
    ['blocks in another order', { isBackward: true }],
    ['another granularity', { granularity: 1000 }],
    ['offsets', { latOffset: 40_000_000_000, lngOffset: -3_000_000_000 }],
  ]
  const files: [string, Uint8Array][] = [
    ...styles.map(([name, style]): [string, Uint8Array] => [`PBF, ${name}`, pbfOf(map, style)]),
    ['XML', bytesOf(xml)],
    ['XML, gzip', gzipSync(xml)],
    ['GeoJSON', bytesOf(geoJson)],
  ]
  test.each(files)('%s', (_, bytes) => {
    const data = readMap(bytes)
    expect(waysOf(data)).toEqual(expectedWays)
    expect(Array.from(data.wayName, (text) => textAt(data, text))).toEqual(['Avenyn', 'Åsgatan'])
    expect(Array.from(data.wayRef, (text) => textAt(data, text))).toEqual(['', 'E 6'])
    expect(textAt(data, 0)).toBe('')
    expect(data.missingPointCount).toBe(0)
  })

  test.each(files.slice(0, -1))('%s: ids, tags of points, restrictions', (_, bytes) => {
    const data = readMap(bytes)
    expect([...data.points.osmId]).toEqual([11, 12, 13, 12_000_000_015])
    expect([...data.taggedPoint]).toEqual([1])
    expect(Object.fromEntries(pointTags(data, 0) as Map<string, string>)).toEqual({ highway: 'traffic_signals' })
    expect(data.restrictions).toEqual([
      { isOnly: false, from: [101], to: [102], viaPoint: 1, viaWays: [], mode: '', except: ['bicycle', 'psv'] },
    ])
  })

  test('progress is told and ends at 1', () => {
    const shares: number[] = []
    readMap(pbfOf(map), (share) => shares.push(share))
    expect(shares.at(-1)).toBe(1)
    expect(shares).toEqual([...shares].sort())
  })

  test('polygons are areas', () => {
    const ring = [
      [0, 0],
      [0, 1],
      [1, 1],
      [0, 0],
    ]
    const square = {
      type: 'Feature',
      properties: { highway: 'pedestrian' },
      geometry: { type: 'Polygon', coordinates: [ring] },
    }
    const data = readMap(bytesOf(JSON.stringify({ type: 'FeatureCollection', features: [square] })))
    expect(waysOf(data)[0]!.tags).toEqual({ highway: 'pedestrian', area: 'yes' })
    expect(data.points.lat.length).toBe(3)
  })

  test('a way whose points are not all in the file is cut where they are missing', () => {
    const cut = { ...map, ways: [{ id: 7, nodeIds: [11, 12, 99, 98, 13, 11, 97], tags: { highway: 'path' } }] }
    const data = readMap(pbfOf(cut))
    expect(data.missingPointCount).toBe(3)
    expect(waysOf(data).map(({ id, places }) => [id, places.length])).toEqual([
      [7, 2],
      [7, 2],
    ])
    expect(waysOf(data)[1]!.tags).toEqual({ highway: 'path' })
  })
})

describe('what is no map is refused with a reason', () => {
  const refusal = (bytes: Uint8Array) => {
    try {
      readMap(bytes)
    } catch (error) {
      if (error instanceof MapFileError) return error.message
      throw error
    }
    return 'read'
  }

  test.each<[string, Uint8Array, RegExp]>([
    ['an empty file', new Uint8Array(), /empty/],
    ['text', bytesOf('Dear all, please find the map attached.'), /not an OpenStreetMap PBF/],
    ['zeros', new Uint8Array(1000), /not an OpenStreetMap PBF/],
    ['a page that says 404', bytesOf('<html><body>Not found</body></html>'), /not of OpenStreetMap/],
    ['other JSON', bytesOf('{"type":"Point"}'), /not a GeoJSON FeatureCollection/],
    ['JSON cut off', bytesOf(geoJson.slice(0, -5)), /JSON, or it is cut off/],
    ['XML cut off', bytesOf(xml.slice(0, -20)), /XML, or it is cut off/],
    ['gzip cut off', gzipSync(xml).subarray(0, 200), /decompressed/],
    ['GeoJSON in another projection', bytesOf(geoJson.replaceAll('11.97', '119700.0')), /pair of degrees/],
    ['PBF cut off', pbfOf(map).subarray(0, -1), /cut off: its block at byte \d+ /],
    ['PBF with lzma', pbfOf(map, { compression: 'lzma' }), /compression/],
    ['PBF with history', pbfOf(map, { features: ['HistoricalInformation'] }), /HistoricalInformation/],
  ])('%s', (_, bytes, reason) => {
    expect(refusal(bytes)).toMatch(reason)
  })

  test('a PBF cut off anywhere', () => {
    const whole = pbfOf(map)
    const lengths = new Set<number>()
    for (let length = 1; length < whole.length; length++) {
      // Between two blocks the cut does not show: what is left is a smaller map.
      if (refusal(whole.subarray(0, length)) === 'read') lengths.add(length)
    }
    expect(lengths.size).toBe(3)
  })

  test('damage is said or does no harm, and never anything else', () => {
    const whole = pbfOf(map, { compression: 'none' })
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Uint8Array.from(whole)
        damaged[at]! ^= flip
        refusal(damaged)
      }),
      { numRuns: 500 },
    )
  })

  test('a block that says it grows beyond the limit is not decompressed', () => {
    // Forty megabytes of zeros in a few kilobytes.
    const bomb = { ...map, ways: [{ id: 1, nodeIds: [11], tags: { highway: 'x'.repeat(40_000_000) } }] }
    expect(refusal(pbfOf(bomb))).toMatch(/damaged/)
  })
})
