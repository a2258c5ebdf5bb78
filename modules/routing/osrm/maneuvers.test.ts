import { expect, test } from 'bun:test'
import { type SketchedWay, type SketchOptions, sketch } from '#support/street-sketch'
import { ROAD_LINK, ROAD_ROUNDABOUT } from '../graph/road-graph.ts'
import { answerRoute, readRoute } from './route.ts'

/** The steps from one letter to another, each as "type modifier exit, name"; departure and arrival by name alone. */
const told = (map: string, ways: SketchedWay[], fromTo: string, options: SketchOptions = {}) => {
  const { router, at } = sketch(map, ways, options)
  const coordinates = [...fromTo].map(at)
  const url = { service: 'route', profile: 'car', coordinates, query: 'steps=true', queryAt: 0 } as const
  const { routes } = answerRoute(router, url, readRoute(url))
  return routes[0]!.legs[0]!.steps.map(({ maneuver: { type, modifier, exit }, name }) =>
    ['depart', 'arrive'].includes(type)
      ? `${type}, ${name}`
      : `${[type, modifier, exit].filter((part) => part !== undefined).join(' ')}, ${name}`,
  )
}

const CROSS = `
    c

  a b d

    e
`
const crossing: SketchedWay[] = [
  { nodes: 'abd', name: 'Storgatan' },
  { nodes: 'cbe', name: 'Lillgatan' },
]

test('over a crossing nothing is told; into the other street the turn is', () => {
  expect(told(CROSS, crossing, 'ad')).toEqual(['depart, Storgatan', 'arrive, Storgatan'])
  expect(told(CROSS, crossing, 'ac')).toEqual(['depart, Storgatan', 'turn left, Lillgatan', 'arrive, Lillgatan'])
  expect(told(CROSS, crossing, 'ae')).toEqual(['depart, Storgatan', 'turn right, Lillgatan', 'arrive, Lillgatan'])
  expect(told(CROSS, crossing, 'cd')).toEqual(['depart, Lillgatan', 'turn left, Storgatan', 'arrive, Storgatan'])
})

test('a street that is called otherwise beyond the crossing', () => {
  const ways = [{ nodes: 'ab', name: 'Storgatan' }, { nodes: 'bd', name: 'Nygatan' }, crossing[1]!]
  expect(told(CROSS, ways, 'ad')).toEqual(['depart, Storgatan', 'new name straight, Nygatan', 'arrive, Nygatan'])
})

test('the end of a road', () => {
  const ways = [{ nodes: 'ab', name: 'Storgatan' }, crossing[1]!]
  const map = '  c\n\n\na b\n\n\n  e'
  expect(told(map, ways, 'ac')).toEqual(['depart, Storgatan', 'end of road left, Lillgatan', 'arrive, Lillgatan'])
  expect(told(map, ways, 'ae')).toEqual(['depart, Storgatan', 'end of road right, Lillgatan', 'arrive, Lillgatan'])
  expect(told(map, ways, 'ce')).toEqual(['depart, Lillgatan', 'arrive, Lillgatan'])
  expect(told(map, ways, 'ca')).toEqual(['depart, Lillgatan', 'turn right, Storgatan', 'arrive, Storgatan'])
})

test('a street that turns the corner at a crossing goes on', () => {
  const ways = [
    { nodes: 'abc', name: 'Storgatan' },
    { nodes: 'dbe', name: 'Lillgatan' },
  ]
  expect(told(CROSS, ways, 'ac')).toEqual(['depart, Storgatan', 'continue left, Storgatan', 'arrive, Storgatan'])
  expect(told(CROSS, ways, 'ad')).toEqual(['depart, Storgatan', 'new name straight, Lillgatan', 'arrive, Lillgatan'])
})

test('a bend is no turn, and a driveway no choice', () => {
  const bend = 'a   b\n\n\n\n    c'
  expect(told(bend, [{ nodes: 'abc', name: 'Storgatan' }], 'ac')).toEqual(['depart, Storgatan', 'arrive, Storgatan'])
  const twoRoads = [
    { nodes: 'ab', name: 'Storgatan' },
    { nodes: 'bc', name: 'Lillgatan' },
  ]
  expect(told(bend, twoRoads, 'ac')).toEqual(['depart, Storgatan', 'new name right, Lillgatan', 'arrive, Lillgatan'])
  const map = 'a    b\n       d\n         c'
  const driveway: SketchedWay[] = [
    { nodes: 'abc', name: 'Storgatan', class: 'tertiary' },
    { nodes: 'bd', class: 'service' },
  ]
  expect(told(map, driveway, 'ac').length).toBe(2)
})

test('a fork', () => {
  const map = '        b\n\na   f\n\n        c'
  const ways = [
    { nodes: 'af', name: 'Storgatan' },
    { nodes: 'fb', name: 'Norra vägen' },
    { nodes: 'fc', name: 'Södra vägen' },
  ]
  expect(told(map, ways, 'ab')).toEqual(['depart, Storgatan', 'fork slight left, Norra vägen', 'arrive, Norra vägen'])
  expect(told(map, ways, 'ac')).toEqual(['depart, Storgatan', 'fork slight right, Södra vägen', 'arrive, Södra vägen'])
})

test('turns by how sharp they are', () => {
  const map = 's l  m\n  \n  b\n     \n  a  n'
  const ways = [
    { nodes: 'ab', name: 'A' },
    { nodes: 'bl', name: 'L' },
    { nodes: 'bm', name: 'M' },
    { nodes: 'bn', name: 'N' },
    { nodes: 'bs', name: 'S' },
  ]
  expect(told(map, ways, 'am')[1]).toBe('turn right, M')
  expect(told(map, ways, 'an')[1]).toBe('turn sharp right, N')
  expect(told(map, ways, 'as')[1]).toBe('turn left, S')
})

const MOTORWAY = 'a    b    c    d\n\n       e      f\n\n g               h'
const motorway: SketchedWay[] = [
  { nodes: 'abcd', name: 'Europavägen', ref: 'E 6', class: 'motorway', oneway: true, speedKmh: 110 },
  { nodes: 'be', class: 'motorway', flags: ROAD_LINK, oneway: true },
  { nodes: 'eg', name: 'Landsvägen', class: 'secondary' },
  { nodes: 'gf', name: 'Landsvägen', class: 'secondary' },
  { nodes: 'fh', name: 'Landsvägen', class: 'secondary' },
  { nodes: 'ec', class: 'motorway', flags: ROAD_LINK, oneway: true },
]

test('off a motorway by a ramp, and onto it', () => {
  expect(told(MOTORWAY, motorway, 'ag')).toEqual([
    'depart, Europavägen',
    'off ramp right, ',
    'end of road right, Landsvägen',
    'arrive, Landsvägen',
  ])
  expect(told(MOTORWAY, motorway, 'gd')).toEqual([
    'depart, Landsvägen',
    'on ramp straight, ',
    'merge slight left, Europavägen',
    'arrive, Europavägen',
  ])
  expect(told(MOTORWAY, motorway, 'ad')).toEqual(['depart, Europavägen', 'arrive, Europavägen'])
})

const CIRCLE = `
        a
        b
      m   k
   h g     c d
      l   j
        e
        f
`
const circle: SketchedWay[] = [
  { nodes: 'bmglejckb', flags: ROAD_ROUNDABOUT, oneway: true },
  { nodes: 'ab', name: 'Norra' },
  { nodes: 'cd', name: 'Östra' },
  { nodes: 'ef', name: 'Södra' },
  { nodes: 'gh', name: 'Västra' },
]

test('exits of a roundabout are counted', () => {
  expect(told(CIRCLE, circle, 'ah', { gridMeters: 20 })).toEqual([
    'depart, Norra',
    'roundabout right 1, Västra',
    'exit roundabout right, Västra',
    'arrive, Västra',
  ])
  expect(told(CIRCLE, circle, 'af', { gridMeters: 20 })[1]).toBe('roundabout right 2, Södra')
  expect(told(CIRCLE, circle, 'ad', { gridMeters: 20 })[1]).toBe('roundabout right 3, Östra')
  expect(told(CIRCLE, circle, 'dh', { gridMeters: 20 })[1]).toBe('roundabout right 2, Västra')
})

test('a small roundabout with four arms is told like a crossing', () => {
  const small = (fromTo: string) => told(CIRCLE, circle, fromTo, { gridMeters: 3 })
  expect(small('ah')).toEqual(['depart, Norra', 'roundabout turn right 1, Västra', 'arrive, Västra'])
  expect(small('af')[1]).toBe('roundabout turn straight 2, Södra')
  expect(small('ad')[1]).toBe('roundabout turn left 3, Östra')
})

test('a large one with a name of its own is a rotary', () => {
  const named = circle.map((way, i) => (i === 0 ? { ...way, name: 'Stora torget' } : way))
  expect(told(CIRCLE, named, 'ah', { gridMeters: 20 })).toEqual([
    'depart, Norra',
    'rotary right 1, Västra',
    'exit rotary right, Västra',
    'arrive, Västra',
  ])
})

test('where the lanes part in front of a roundabout there is nothing to choose', () => {
  const map = CIRCLE.replace('        a\n        b', '        p\n        a\n        n\n      q b')
  const parting = [
    ...circle.filter(({ nodes }) => nodes !== 'ab'),
    { nodes: 'pa', name: 'Norra' },
    { nodes: 'anb', name: 'Torget' },
    { nodes: 'aq', name: 'Torget' },
  ]
  expect(told(map, parting, 'ph', { gridMeters: 14 })).toEqual([
    'depart, Norra',
    'roundabout right 1, Västra',
    'exit roundabout right, Västra',
    'arrive, Västra',
  ])
})

test('trips that begin or end on a roundabout', () => {
  expect(told(CIRCLE, circle, 'al', { gridMeters: 20 })).toEqual(['depart, Norra', 'roundabout right, ', 'arrive, '])
  expect(told(CIRCLE, circle, 'mf', { gridMeters: 20 })).toEqual([
    'depart, ',
    'exit roundabout right, Södra',
    'arrive, Södra',
  ])
  expect(told(CIRCLE, circle, 'ml', { gridMeters: 20 })).toEqual(['depart, ', 'arrive, '])
})

test('turning round at a dead end', () => {
  const map = 'a   b   c'
  const ways = [
    { nodes: 'ab', name: 'Storgatan' },
    { nodes: 'bc', name: 'Storgatan' },
  ]
  const { router, at } = sketch(map, ways)
  const url = { service: 'route', profile: 'car', coordinates: [at('b'), at('a')], queryAt: 0 } as const
  const query = 'steps=true&bearings=90,20;'
  const { routes } = answerRoute(router, { ...url, query }, readRoute({ ...url, query }))
  expect(routes[0]!.legs[0]!.steps.map(({ maneuver: { type, modifier } }) => [type, modifier])).toEqual([
    ['depart', undefined],
    ['continue', 'uturn'],
    ['arrive', undefined],
  ])
})

test('a street that goes on a few steps to the side is not left', () => {
  const map = '      d\n\na     b\n      c   e\n\n      f'
  const ways = [
    { nodes: 'ab', name: 'Storgatan' },
    { nodes: 'dbcf', name: 'Lillgatan' },
    { nodes: 'ce', name: 'Storgatan' },
  ]
  expect(told(map, ways, 'ae', { gridMeters: 20 })).toEqual(['depart, Storgatan', 'arrive, Storgatan'])
  expect(told(map, ways, 'ae', { gridMeters: 50 }).length).toBe(4)
})

test('turning round from one carriageway into the other is one maneuver', () => {
  const map = 'a     b     c\nd     e     f'
  const ways: SketchedWay[] = [
    { nodes: 'cba', name: 'Alléen', oneway: true, class: 'secondary' },
    { nodes: 'def', name: 'Alléen', oneway: true, class: 'secondary' },
    { nodes: 'eb', class: 'secondary' },
  ]
  expect(told(map, ways, 'da', { gridMeters: 20 })).toEqual([
    'depart, Alléen',
    'continue uturn, Alléen',
    'arrive, Alléen',
  ])
})

test('another way of travelling is told', () => {
  const map = 'a    b    c    d'
  const ways: SketchedWay[] = [
    { nodes: 'ab', name: 'Hamngatan' },
    { nodes: 'bc', class: 'ferry' },
    { nodes: 'cd', name: 'Ögatan' },
  ]
  expect(told(map, ways, 'ad')).toEqual([
    'depart, Hamngatan',
    'notification straight, ',
    'notification straight, Ögatan',
    'arrive, Ögatan',
  ])
})
