import { expect, test } from 'bun:test'
import { sketch } from '#support/street-sketch'
import { questionOf } from './question.ts'

/** At 10 m/s, 250 m from letter to letter; from c no way leads back, and z has no road to the others. */
const { router, at } = sketch('a    b    c\n\n\n\ny    z', [
  { nodes: 'ab', name: 'Storgatan' },
  { nodes: 'bc', name: 'Storgatan', oneway: true },
  { nodes: 'yz', name: 'Ögatan' },
])

const table = (letters: string, query = '') => {
  const coordinates = [...letters].map((letter) => `${at(letter).lng},${at(letter).lat}`).join(';')
  const { answer } = questionOf(`/table/v1/car/${coordinates}?${query}`)
  return JSON.parse(new TextDecoder().decode(answer(() => router) as Uint8Array))
}

test('durations between all places, null where there is no way', () => {
  const { code, durations, distances, sources, destinations } = table('abc')
  expect(code).toBe('Ok')
  expect(durations).toEqual([
    [0, 25, 50],
    [25, 0, 25],
    [null, null, 0],
  ])
  expect(distances).toBeUndefined()
  expect(sources).toEqual(destinations)
  expect(sources.map(({ name }: { name: string }) => name)).toEqual(['Storgatan', 'Storgatan', 'Storgatan'])
})

test('some sources and destinations, in the order asked for', () => {
  const asked = table('abc', 'sources=1;0&destinations=2&annotations=duration,distance')
  expect(asked.durations).toEqual([[25], [50]])
  expect(asked.distances).toEqual([[250], [500]])
  expect(asked.sources.length).toBe(2)
  expect(table('ab', 'annotations=distance')).not.toHaveProperty('durations')
  expect(table('ab', 'skip_waypoints=true')).toEqual({
    code: 'Ok',
    durations: [
      [0, 25],
      [25, 0],
    ],
  })
})

test('cells without a way are estimated when a speed is given for it', () => {
  const asked = table('az', 'fallback_speed=5&annotations=duration,distance')
  expect(asked.fallback_speed_cells).toEqual([
    [0, 1],
    [1, 0],
  ])
  expect(asked.distances[0][1]).toBeCloseTo(Math.hypot(250, 200), 0)
  expect(asked.durations[0][1]).toBeCloseTo(Math.hypot(250, 200) / 5, 0)
  expect(table('ab', 'fallback_speed=5').fallback_speed_cells).toEqual([])
})

test('durations are scaled', () => {
  expect(table('ab', 'scale_factor=1.5').durations).toEqual([
    [0, 37.5],
    [37.5, 0],
  ])
  expect(table('ab', 'scale_factor=1e6').durations[0][1]).toBe(25e6)
})

test('numbers are written with one decimal, however large or small', () => {
  const many = table('ab', 'scale_factor=0.0333').durations
  expect(many).toEqual([
    [0, 0.8],
    [0.8, 0],
  ])
  expect(table('ab', 'scale_factor=1e15').durations[0][1]).toBeGreaterThan(1e16)
})
