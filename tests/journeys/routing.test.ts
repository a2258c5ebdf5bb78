/** Clients of OSRM, as they come from npm, find their way in Göteborg by our server. */
import { beforeAll, expect, test } from 'bun:test'
import { type IOsrm, type IOsrmRouteStep, OSRM } from 'osrm-rest-client'
import compileInstructions from 'osrm-text-instructions'
import { instructions } from 'osrm-text-instructions/languages'
import { baseUrl, useMarket } from '../support/market'
import { goteborg, useRoads } from '../support/used-roads'

useMarket()
useRoads(goteborg)

type Coordinate = [lng: number, lat: number]
const CENTRAL_STATION: Coordinate = [11.9735, 57.7089]
const LISEBERG: Coordinate = [11.9915, 57.6952]
const JARNTORGET: Coordinate = [11.9526, 57.6997]
const IN_THE_SEA: Coordinate = [11.0, 57.5]

let osrm: IOsrm
beforeAll(() => {
  osrm = OSRM({ osrm: `${baseUrl()}/routing`, defaultProfile: 'driving' })
})

/** Places in the middle of the city; the same in each run. */
const randomPlaces = (count: number): Coordinate[] => {
  let state = 20_261_123
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: count }, () => [11.92 + next() * 0.1, 57.67 + next() * 0.07])
}

test('the client gets a route with legs, steps and annotations', async () => {
  const answer = await osrm.route({
    coordinates: [CENTRAL_STATION, LISEBERG, JARNTORGET],
    steps: true,
    annotations: true,
    overview: 'full',
    geometries: 'geojson',
  })
  expect(answer.code as string).toBe('Ok')
  expect(answer.waypoints.length).toBe(3)
  const [route] = answer.routes
  expect(route!.legs!.length).toBe(2)
  expect(route!.distance).toBeWithin(3_000, 15_000)
  expect(route!.duration).toBeWithin(300, 1_800)
  for (const leg of route!.legs!) {
    expect(leg.steps![0]!.maneuver!.type).toBe('depart')
    expect(leg.steps!.at(-1)!.maneuver!.type).toBe('arrive')
    expect(leg.annotation!.nodes.length).toBe((leg.annotation!.distance as unknown as number[]).length + 1)
    expect(leg.summary).not.toBe('')
  }
})

test('the client gets a table, and each cell is the duration of a route', async () => {
  const coordinates = randomPlaces(8)
  const table = await osrm.table({ coordinates, sources: [0, 1, 2], destinations: [3, 4, 5, 6, 7] })
  expect(table.durations.map((row) => row.length)).toEqual([5, 5, 5])
  for (const [i, row] of table.durations.entries()) {
    for (const [k, duration] of row.entries()) {
      const { routes } = await osrm.route({ coordinates: [coordinates[i]!, coordinates[k + 3]!], overview: false })
      expect(Math.abs(routes[0]!.duration! - duration)).toBeLessThanOrEqual(0.1)
    }
  }
})

test('the client finds the nearest roads, and goes on with their hints', async () => {
  const { waypoints } = await osrm.nearest({ coordinates: [LISEBERG], number: 3 })
  expect(waypoints.length).toBe(3)
  const distances = waypoints.map(({ distance }) => distance!)
  expect(distances).toEqual(distances.toSorted((a, b) => a - b))
  const plain = await osrm.route({ coordinates: [LISEBERG, JARNTORGET] })
  const hinted = await osrm.route({
    coordinates: [LISEBERG, JARNTORGET],
    hints: plain.waypoints.map(({ hint }) => hint!),
  })
  expect(hinted).toEqual(plain)
})

test('the client gets the way that a drive was made on, from fixes along it', async () => {
  const { routes } = await osrm.route({ coordinates: [JARNTORGET, LISEBERG], overview: 'full', geometries: 'geojson' })
  const line = (routes[0]!.geometry as unknown as { coordinates: Coordinate[] }).coordinates
  // About a metre off, this way and that.
  const coordinates = line
    .filter((_, i) => i % 4 === 0)
    .slice(0, 60)
    .map(([lng, lat], i): Coordinate => [lng + (i % 2 === 0 ? 1e-5 : -1e-5), lat])
  const { matchings, tracepoints, code } = await osrm.match({ coordinates })
  expect(code as string).toBe('Ok')
  expect(matchings).toHaveLength(1)
  expect(tracepoints.filter((one) => one !== null).length).toBeGreaterThan(coordinates.length * 0.9)
  const along = await osrm.route({ coordinates: [coordinates[0]!, coordinates.at(-1)!] })
  expect(matchings[0]!.distance! / along.routes[0]!.distance!).toBeWithin(0.98, 1.02)
  expect((matchings[0] as unknown as { confidence: number }).confidence).toBeGreaterThan(0.5)
})

test('the client is told by a code what went wrong', async () => {
  const codeOf = (asked: Promise<unknown>) =>
    asked.then(
      () => 'Ok',
      (error: { status: number; response: { body: { code: string } } }) =>
        `${error.status} ${error.response.body.code}`,
    )
  const coordinates = [LISEBERG, JARNTORGET]
  expect(await codeOf(osrm.route({ coordinates: [LISEBERG, IN_THE_SEA] }))).toBe('400 NoSegment')
  expect(await codeOf(osrm.route({ coordinates, alternatives: 9 }))).toBe('400 TooBig')
  expect(await codeOf(osrm.route({ coordinates: Array(501).fill(LISEBERG) }))).toBe('400 TooBig')
  expect(await codeOf(osrm.route({ coordinates, geometries: 'wkt' as 'geojson' }))).toBe('400 InvalidQuery')
  expect(await codeOf(osrm.table({ coordinates, sources: [7] }))).toBe('400 InvalidOptions')
  expect(await codeOf(osrm.match({ coordinates, timestamps: [1_700_000_000, 1_700_000_001] }))).toBe('400 NoMatch')
})

const words = compileInstructions('v5')
/** It takes a type that it does not know for a turn: so the types are looked up. */
const knownTypes = Object.keys(instructions.en!.v5)

const faultsOf = (step: IOsrmRouteStep): string[] => {
  const { type, modifier, bearing_before: before, bearing_after: after, location } = step.maneuver!
  const [crossing] = step.intersections!
  const text = words.compile('en', step, {})
  const driven = crossing!.bearings!
  return [
    ...(knownTypes.includes(type!) ? [] : [`${type} is not known`]),
    ...(/[{}]|undefined| {2}/.test(text) || text.length < 5 ? [`says "${text}"`] : []),
    ...(modifier || ['depart', 'arrive'].includes(type!) ? [] : [`${type} has no modifier`]),
    ...([before!, after!, ...driven].every((one) => Number.isInteger(one) && one >= 0 && one < 360)
      ? []
      : ['bearings']),
    ...(driven.toSorted((a, b) => a - b).join() === driven.join() ? [] : ['bearings are not in order']),
    ...(crossing!.entry!.length === driven.length ? [] : ['entries and bearings differ in number']),
    ...(crossing!.out === undefined || crossing!.entry![crossing!.out] ? [] : ['goes where nobody may']),
    ...(String(crossing!.location) === String(location) ? [] : ['its first intersection lies elsewhere']),
  ]
}

test('every step of many routes is a maneuver that can be said in words', async () => {
  const places = randomPlaces(300)
  let steps = 0
  for (let i = 0; i < places.length; i += 2) {
    const coordinates = [places[i]!, places[i + 1]!]
    const { routes } = await osrm.route({ coordinates, steps: true, overview: 'full', geometries: 'geojson' })
    const leg = routes[0]!.legs![0]!
    const line = (routes[0]!.geometry as unknown as { coordinates: Coordinate[] }).coordinates
    const drawn = leg.steps!.flatMap(({ geometry }) => (geometry as { coordinates: Coordinate[] }).coordinates)
    expect(withoutRepeats(drawn)).toEqual(withoutRepeats(line))
    expect(sum(leg.steps!, 'duration')).toBeCloseTo(leg.duration!, -1)
    expect(sum(leg.steps!, 'distance')).toBeCloseTo(leg.distance!, -1)
    for (const step of leg.steps!) {
      steps++
      expect(faultsOf(step)).toEqual([])
    }
  }
  expect(steps).toBeGreaterThan(1_500)
}, 60_000)

const sum = (steps: IOsrmRouteStep[], key: 'duration' | 'distance') =>
  steps.reduce((total, step) => total + step[key]!, 0)

const withoutRepeats = (line: Coordinate[]) =>
  line.filter(([lng, lat], i) => i === 0 || lng !== line[i - 1]![0] || lat !== line[i - 1]![1])
