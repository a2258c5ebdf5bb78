import { expect, test } from 'bun:test'
import { type SketchedWay, type SketchOptions, sketch } from '#support/street-sketch'
import { ROAD_ROUNDABOUT } from '../graph/road-graph.ts'
import { decodeLine } from './polyline.ts'
import { questionOf } from './question.ts'
import { Refusal } from './refusal.ts'
import type { RouteAnswer } from './route.ts'

const roadsOf = (map: string, ways: SketchedWay[], options?: SketchOptions) => {
  const { router, at } = sketch(map, ways, options)
  const ask = (service: string, letters: string, query = '', profile = 'car') => {
    const coordinates = [...letters].map((letter) => `${at(letter).lng},${at(letter).lat}`).join(';')
    const question = questionOf(`/${service}/v1/${profile}/${coordinates}?${query}`)
    return JSON.parse(String(question.answer((asked) => (asked === 'foot' ? undefined : router))))
  }
  const route = (letters: string, query = '', profile = 'car'): RouteAnswer => ask('route', letters, query, profile)
  return { ask, route, at, graph: router.graph }
}

const codeOf = (asked: () => unknown) => {
  try {
    asked()
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
  return 'Ok'
}

/** Driven at 10 m/s: 50 m from one letter to the next, 5 seconds. */
const STREET = roadsOf('a    b    c    d', [
  { nodes: 'ab', name: 'Storgatan' },
  { nodes: 'bc', name: 'Storgatan' },
  { nodes: 'cd', name: 'Lillgatan' },
])

test('a way along a street: distances, durations, names, the line', () => {
  const { code, routes, waypoints } = STREET.route('ad', 'steps=true&overview=full&annotations=true')
  const [route] = routes
  const [leg] = route!.legs
  expect(code).toBe('Ok')
  expect(route).toMatchObject({ distance: 750, duration: 75, weight: 75, weight_name: 'routability' })
  expect(leg).toMatchObject({ distance: 750, duration: 75, summary: 'Storgatan, Lillgatan' })
  expect(leg!.steps.map(({ distance, duration, name, mode }) => [distance, duration, name, mode])).toEqual([
    [500, 50, 'Storgatan', 'driving'],
    [250, 25, 'Lillgatan', 'driving'],
    [0, 0, 'Lillgatan', 'driving'],
  ])
  const line = decodeLine(String(route!.geometry), 5, 10)!
  expect(line.length).toBe(4)
  expect(line[0]!.lng).toBeCloseTo(STREET.at('a').lng, 5)
  expect(line[3]!.lng).toBeCloseTo(STREET.at('d').lng, 5)
  expect(waypoints!.map(({ name, distance }) => [name, distance])).toEqual([
    ['Storgatan', 0],
    ['Lillgatan', 0],
  ])
})

test('annotations tell of every piece between two points', () => {
  const annotation = STREET.route('ad', 'annotations=true').routes[0]!.legs[0]!.annotation!
  expect(annotation).toEqual({
    nodes: [...'abcd'].map((letter) => letter.charCodeAt(0)),
    distance: [250, 250, 250],
    duration: [25, 25, 25],
    weight: [25, 25, 25],
    speed: [10, 10, 10],
    datasources: [0, 0, 0],
    metadata: { datasource_names: ['profile'] },
  })
  expect(STREET.route('ad', 'annotations=speed').routes[0]!.legs[0]!.annotation).toEqual({ speed: [10, 10, 10] })
})

test('overviews: simplified leaves out what lies on a straight line', () => {
  const geometryOf = (query: string) => STREET.route('ad', query).routes[0]!.geometry
  expect(decodeLine(String(geometryOf('')), 5, 10)!.length).toBe(2)
  expect(geometryOf('overview=false')).toBeUndefined()
  expect(decodeLine(String(geometryOf('overview=full&geometries=polyline6')), 6, 10)![0]!.lat).toBeCloseTo(57.7, 6)
  expect(geometryOf('overview=full&geometries=geojson')).toMatchObject({
    type: 'LineString',
    coordinates: [...'abcd'].map((letter) => [expect.closeTo(STREET.at(letter).lng, 5), 57.7]),
  })
})

test('waypoints and hints are left out on request', () => {
  expect(STREET.route('ad', 'skip_waypoints=true').waypoints).toBeUndefined()
  expect(STREET.route('ad', 'generate_hints=false').waypoints![0]).not.toHaveProperty('hint')
})

test('a hint is taken for the place that it was made for; another is passed over', () => {
  const { waypoints } = STREET.route('ad')
  const [first, last] = waypoints!.map(({ hint }) => hint!)
  expect(STREET.route('ad', `hints=${first};${last}`)).toEqual(STREET.route('ad'))
  expect(STREET.route('ad', `hints=${last};${first}`)).toEqual(STREET.route('ad'))
  expect(STREET.route('ad', 'hints=aGVsbG8;')).toEqual(STREET.route('ad'))
})

test('places that are passed without a stop make no leg', () => {
  const { routes, waypoints } = STREET.route('abcd', 'waypoints=0;3&steps=true&annotations=true')
  expect(waypoints!.length).toBe(2)
  expect(routes[0]!.legs.length).toBe(1)
  expect(routes[0]!.legs).toEqual(STREET.route('ad', 'steps=true&annotations=true').routes[0]!.legs)
  expect(STREET.route('abcd').routes[0]!.legs.length).toBe(3)
})

test('the same place twice is a way of nothing', () => {
  const { routes } = STREET.route('bb', 'steps=true&overview=full&geometries=geojson')
  expect(routes[0]).toMatchObject({ distance: 0, duration: 0 })
  expect(routes[0]!.legs[0]!.steps.map(({ maneuver }) => maneuver.type)).toEqual(['depart', 'arrive'])
  expect((routes[0]!.geometry as { coordinates: unknown[] }).coordinates.length).toBe(2)
})

/** A block: from x one goes back to a by turning round, or around the block. */
const BLOCK = roadsOf('a   x   b\n\n\nd       c', [
  { nodes: 'axb', name: 'Norra' },
  { nodes: 'bc', name: 'Östra' },
  { nodes: 'cd', name: 'Södra' },
  { nodes: 'da', name: 'Västra' },
])

test('a car goes on straight from a stop, unless it is allowed to turn round there', () => {
  const distanceOf = (query: string, profile?: string) => BLOCK.route('axa', query, profile).routes[0]!.distance
  expect(distanceOf('')).toBe(1_100)
  expect(distanceOf('continue_straight=true')).toBe(1_100)
  expect(distanceOf('continue_straight=default')).toBe(1_100)
  expect(distanceOf('continue_straight=false')).toBe(400)
  expect(distanceOf('', 'bike')).toBe(400)
})

test('which side a stop is reached on is chosen with what comes after it in mind', () => {
  // Quickest to x is from the west, but then the way to a leads around the block.
  const { routes } = BLOCK.route('dxa')
  const fromEast = BLOCK.route('dx', 'bearings=;270,20').routes[0]!.distance
  const onward = BLOCK.route('xa', 'bearings=270,20;').routes[0]!.distance
  const fromWest = BLOCK.route('dx', 'bearings=;90,20').routes[0]!.distance
  const around = BLOCK.route('xa', 'bearings=90,20;').routes[0]!.distance
  expect(routes[0]!.distance).toBeCloseTo(Math.min(fromEast + onward, fromWest + around), 0)
  expect(fromWest).toBeLessThan(fromEast)
})

test('in a blind alley one turns round at the stop after all', () => {
  const { routes } = STREET.route('ada', 'steps=true')
  expect(routes[0]!.distance).toBe(1_500)
  const oneWay = roadsOf('a   b   c', [{ nodes: 'ab' }, { nodes: 'bc', oneway: true }])
  expect(codeOf(() => oneWay.route('aca'))).toBe('NoRoute')
})

test('bearings and curbs choose the side of the road', () => {
  expect(BLOCK.route('xa', 'bearings=270,45;').routes[0]!.distance).toBe(200)
  expect(BLOCK.route('xa', 'bearings=90,45;').routes[0]!.distance).toBe(900)
  expect(codeOf(() => STREET.route('ad', 'bearings=0,10;'))).toBe('NoSegment')
  const { at, ask } = BLOCK
  // A little south of the northern street: on the right of who drives east.
  const beside = `${at('x').lng},${at('x').lat - 0.0001};${at('a').lng},${at('a').lat}`
  const distance = (query: string) => {
    const question = questionOf(`/route/v1/car/${beside}?${query}`)
    return JSON.parse(String(question.answer(() => sketchedBlock))).routes[0].distance
  }
  expect(ask('route', 'xa').routes[0].distance).toBe(200)
  expect(distance('approaches=curb;')).toBe(900)
  expect(distance('approaches=opposite;')).toBe(200)
  expect(distance('approaches=unrestricted;')).toBe(200)
})

const { router: sketchedBlock } = sketch('a   x   b\n\n\nd       c', [
  { nodes: 'axb' },
  { nodes: 'bc' },
  { nodes: 'cd' },
  { nodes: 'da' },
])

test('depart and arrive tell on which hand the place lies', () => {
  const { at } = BLOCK
  const beside = `${at('d').lng},${at('d').lat};${at('x').lng},${at('x').lat + 0.0002}`
  const answer = JSON.parse(
    String(questionOf(`/route/v1/car/${beside}?steps=true`).answer(() => sketchedBlock)),
  ) as RouteAnswer
  expect(answer.routes[0]!.legs[0]!.steps.at(-1)!.maneuver).toMatchObject({ type: 'arrive', modifier: 'left' })
})

test('one drives on the right, unless the roundabouts say otherwise', () => {
  const side = (circle: string) =>
    roadsOf('   b\na     c\n   d', [{ nodes: circle, oneway: true, flags: ROAD_ROUNDABOUT }]).route('bd', 'steps=true')
      .routes[0]!.legs[0]!.steps[0]!.driving_side
  expect(side('badcb')).toBe('right')
  expect(side('bcdab')).toBe('left')
  expect(STREET.route('ab', 'steps=true').routes[0]!.legs[0]!.steps[0]!.driving_side).toBe('right')
})

test('too much is refused before anything is looked up', () => {
  expect(codeOf(() => STREET.route('a'.repeat(501)))).toBe('TooBig')
  expect(codeOf(() => STREET.route('a'.repeat(101), 'steps=true'))).toBe('TooBig')
  expect(codeOf(() => STREET.route('a'.repeat(101)))).toBe('Ok')
  expect(codeOf(() => STREET.route('ad', 'alternatives=4'))).toBe('TooBig')
  expect(codeOf(() => STREET.ask('table', 'a'.repeat(1_001)))).toBe('TooBig')
  expect(codeOf(() => STREET.ask('table', 'a'.repeat(2_001), 'sources=0&destinations=1'))).toBe('TooBig')
  expect(codeOf(() => STREET.ask('nearest', 'a', 'number=101'))).toBe('TooBig')
})

test('where there are no roads nothing is estimated', () => {
  expect(codeOf(() => STREET.route('ad', '', 'foot'))).toBe('NoSegment')
  const far = questionOf('/route/v1/car/11.97,57.7;30,10')
  const { router } = sketch('a b', [{ nodes: 'ab' }])
  const byCity = (places: readonly { lng: number }[]) =>
    places.every(({ lng }) => lng < 20) || places.every(({ lng }) => lng > 20) ? router : undefined
  expect(codeOf(() => far.answer((_, places) => byCity(places)))).toBe('NoRoute')
  const table = questionOf('/table/v1/car/11.97,57.7;30,10')
  expect(codeOf(() => table.answer((_, places) => byCity(places)))).toBe('NoTable')
})

test('the nearest roads come with the nodes on either side', () => {
  const { waypoints } = STREET.ask('nearest', 'b', 'number=2')
  expect(waypoints.length).toBe(2)
  expect(waypoints[0].nodes.map((id: number) => String.fromCharCode(id)).join('')).toMatch(/^(ab|bc)$/)
})
