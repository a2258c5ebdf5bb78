import { expect, test } from 'bun:test'
import { nearestOptions, routeOptions, tableOptions } from './query.ts'
import { Refusal } from './refusal.ts'
import { parseUrl } from './url.ts'

/** The options are read by the service that the URL names. */
const read = (target: string) => {
  const url = parseUrl(target)
  const optionsOf = { route: routeOptions, table: tableOptions, nearest: nearestOptions }[url.service]!
  return { ...url, options: optionsOf(url.query, url.queryAt, url.coordinates.length) }
}

const refusalOf = (target: string) => {
  try {
    read(target)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
  throw new Error(`${target} was taken`)
}

const TWO = '11.97,57.7;11.98,57.71'
const places = [
  { lat: 57.7, lng: 11.97 },
  { lat: 57.71, lng: 11.98 },
]

test.each([
  [`/route/v1/car/${TWO}`, 'car'],
  [`/route/v1/driving/${TWO}`, 'car'],
  [`/route/v1/driving/${TWO}.json`, 'car'],
  [`/route/v1/cycling/${TWO.replaceAll(',', '%2C').replace(';', '%3B')}`, 'bike'],
  ['/route/v1/bike/11.97,57.70;+1.198e1,57.71', 'bike'],
  ['/table/v1/walking/polyline(_iw~I_hghAo%7D@o%7D@)', 'foot'],
  ['/table/v1/scooter/polyline6(_m%60clB_w%7CaU_pR_pR).json', 'scooter'],
] as const)('%s has two coordinates', (target, profile) => {
  const url = parseUrl(target)
  expect(url.coordinates.length).toBe(2)
  expect(url.profile).toBe(profile)
})

test('coordinates are longitude, latitude; those of a polyline the other way round', () => {
  expect(parseUrl(`/route/v1/car/${TWO}`).coordinates).toEqual(places)
  expect(parseUrl('/route/v1/car/polyline(_p~iF~ps%7CU_ulLnnqC)').coordinates).toEqual([
    { lat: 38.5, lng: -120.2 },
    { lat: 40.7, lng: -120.95 },
  ])
})

test('the backslash of a polyline may come as a slash', () => {
  const written = parseUrl('/route/v1/car/polyline(_p~iF~ps%7CU%5C%5C)').coordinates
  expect(written[1]).toEqual({ lat: 38.49985, lng: -120.20015 })
  expect(parseUrl('/route/v1/car/polyline(_p~iF~ps%7CU//)').coordinates).toEqual(written)
})

test.each([
  ['', 'InvalidUrl'],
  ['/', 'InvalidUrl'],
  ['/route', 'InvalidUrl'],
  ['/route/v1/car', 'InvalidUrl'],
  ['/route/v1/car/', 'InvalidUrl'],
  [`/route/1/car/${TWO}`, 'InvalidUrl'],
  ['/route/v1/car/%zz', 'InvalidUrl'],
  [`/trip/v1/car/${TWO}`, 'InvalidService'],
  [`/constructor/v1/car/${TWO}`, 'InvalidService'],
  [`/route/v2/car/${TWO}`, 'InvalidVersion'],
  [`/route/v1/plane/${TWO}`, 'InvalidOptions'],
  [`/route/v1/constructor/${TWO}`, 'InvalidOptions'],
  [`/route/v1/car/${TWO}.xml`, 'InvalidQuery'],
  [`/route/v1/car/${TWO}.flatbuffers`, 'NotImplemented'],
  ['/route/v1/car/1,2;3', 'InvalidQuery'],
  ['/route/v1/car/1,2;', 'InvalidQuery'],
  ['/route/v1/car/1,2;3,4,5', 'InvalidQuery'],
  ['/route/v1/car/1,2;3,x', 'InvalidQuery'],
  ['/route/v1/car/1,2;3,', 'InvalidQuery'],
  ['/route/v1/car/1,2; 3,4', 'InvalidQuery'],
  ['/route/v1/car/NaN,2;3,4', 'InvalidQuery'],
  ['/route/v1/car/0x1,2;3,4', 'InvalidQuery'],
  ['/route/v1/car/polyline()', 'InvalidQuery'],
  ['/route/v1/car/polyline(_)', 'InvalidQuery'],
  ['/route/v1/car/polyline(_p~iF~ps%7CU', 'InvalidQuery'],
  ['/route/v1/car/11,91;12,57', 'InvalidValue'],
  ['/route/v1/car/181,57;12,57', 'InvalidValue'],
  ['/route/v1/car/1e999,57;12,57', 'InvalidValue'],
  ['/route/v1/car/11,57', 'InvalidOptions'],
  [`/nearest/v1/car/${TWO}`, 'InvalidOptions'],
] as const)('"%s" is refused with %s', (target, code) => {
  expect(refusalOf(target).code).toBe(code)
})

test.each([
  ['steps=true&overview=full&geometries=geojson', { steps: true, overview: 'full', geometries: 'geojson' }],
  ['alternatives=true', { alternatives: true }],
  ['alternatives=2', { alternatives: 2 }],
  ['annotations=false', { annotations: false }],
  ['annotations=nodes,speed', { annotations: ['nodes', 'speed'] }],
  ['annotations=nodes%2Cspeed', { annotations: ['nodes', 'speed'] }],
  ['continue_straight=default', { continue_straight: 'default' }],
  ['bearings=10,20;', { bearings: [{ degrees: 10, range: 20 }, null] }],
  ['radiuses=unlimited;12.5', { radiuses: [Number.POSITIVE_INFINITY, 12.5] }],
  ['radiuses=;', { radiuses: [null, null] }],
  ['approaches=curb;unrestricted', { approaches: ['curb', 'unrestricted'] }],
  ['hints=aGk_-w==;', { hints: ['aGk_-w==', null] }],
  ['exclude=none', { exclude: ['none'] }],
  ['waypoints=0;1', { waypoints: [0, 1] }],
  ['snapping=any&skip_waypoints=true&generate_hints=false', { snapping: 'any', skip_waypoints: true }],
  ['', {}],
] as const)('options of a route: %s', (query, options) => {
  expect(read(`/route/v1/car/${TWO}?${query}`).options).toMatchObject(options as object)
})

test.each([
  ['steps', 'InvalidQuery'],
  ['steps=', 'InvalidQuery'],
  ['steps=yes', 'InvalidQuery'],
  ['steps=true&', 'InvalidQuery'],
  ['stairs=true', 'InvalidQuery'],
  ['__proto__=true', 'InvalidQuery'],
  ['toString=true', 'InvalidQuery'],
  ['sources=0', 'InvalidQuery'],
  ['overview=none', 'InvalidQuery'],
  ['geometries=wkt', 'InvalidQuery'],
  ['alternatives=-1', 'InvalidQuery'],
  ['alternatives=1.5', 'InvalidQuery'],
  ['annotations=nodes,colour', 'InvalidQuery'],
  ['annotations=', 'InvalidQuery'],
  ['bearings=10;20', 'InvalidQuery'],
  ['bearings=10,20,30;', 'InvalidQuery'],
  ['bearings=-10,20;', 'InvalidQuery'],
  ['bearings=10,20', 'InvalidOptions'],
  ['bearings=400,20;', 'InvalidOptions'],
  ['bearings=10,181;', 'InvalidOptions'],
  ['radiuses=-1;', 'InvalidQuery'],
  ['radiuses=far;', 'InvalidQuery'],
  ['radiuses=1;2;3', 'InvalidOptions'],
  ['approaches=left;', 'InvalidQuery'],
  ['hints=a b;', 'InvalidQuery'],
  ['hints=a', 'InvalidOptions'],
  ['exclude=motorway', 'InvalidValue'],
  ['exclude=', 'InvalidQuery'],
  ['waypoints=0', 'InvalidValue'],
  ['waypoints=1;0', 'InvalidOptions'],
  ['waypoints=0;2', 'InvalidOptions'],
  ['waypoints=', 'InvalidQuery'],
  ['steps=%zz', 'InvalidQuery'],
] as const)('?%s is refused with %s', (query, code) => {
  expect(refusalOf(`/route/v1/car/${TWO}?${query}`).code).toBe(code)
})

test.each([
  ['/table/v1/car/', 'sources=0;1&destinations=1', { sources: [0, 1], destinations: [1] }],
  ['/table/v1/car/', 'sources=all&annotations=duration,distance', { sources: 'all' }],
  ['/table/v1/car/', 'fallback_speed=5.5&fallback_coordinate=snapped', { fallback_speed: 5.5 }],
] as const)('options of a table: %s%s', (path, query, options) => {
  expect(read(`${path}${TWO}?${query}`).options).toMatchObject(options as object)
})

test.each([
  ['/table/v1/car/', TWO, 'sources=2', 'InvalidOptions'],
  ['/table/v1/car/', TWO, 'sources=', 'InvalidQuery'],
  ['/table/v1/car/', TWO, 'sources=-1', 'InvalidQuery'],
  ['/table/v1/car/', TWO, 'annotations=true', 'InvalidQuery'],
  ['/table/v1/car/', TWO, 'fallback_speed=0', 'InvalidOptions'],
  ['/table/v1/car/', TWO, 'scale_factor=-1', 'InvalidQuery'],
  ['/table/v1/car/', TWO, 'steps=true', 'InvalidQuery'],
  ['/nearest/v1/car/', '1,2', 'number=0', 'InvalidOptions'],
  ['/nearest/v1/car/', '1,2', 'number=x', 'InvalidQuery'],
] as const)('%s%s?%s is refused with %s', (path, places, query, code) => {
  expect(refusalOf(`${path}${places}?${query}`).code).toBe(code)
})

test('a malformed query tells where', () => {
  expect(refusalOf(`/route/v1/car/${TWO}?steps=true&overview=none`).message).toBe(
    'Query string malformed close to position 57',
  )
  expect(`/route/v1/car/${TWO}?steps=true&overview=none`.slice(57)).toBe('none')
})
