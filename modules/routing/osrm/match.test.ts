import { describe, expect, test } from 'bun:test'
import { moved } from '#support/drives'
import { sketch } from '#support/street-sketch'
import { questionOf } from './question.ts'
import { Refusal } from './refusal.ts'

/** 250 m from letter to letter, dead ends on all sides. */
const { router, at } = sketch('          n\n\na    b    c    d    e\n\n          s', [
  { nodes: 'abcde', name: 'Storgatan' },
  { nodes: 'ncs', name: 'Lillgatan' },
])

/** A place so many metres north and east of a letter. */
const by = (letter: string, north = 0, east = 0) => {
  const { lat, lng } = moved(at(letter), north, east)
  return `${lng.toFixed(6)},${lat.toFixed(6)}`
}
const ask = (places: string[], query = '') => {
  const { answer } = questionOf(`/match/v1/car/${places.join(';')}?${query}`)
  return JSON.parse(answer(() => router) as string)
}
const refusal = (places: string[], query = '') => {
  try {
    return ask(places, query)
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

const ALONG = [by('a', 4, 100), by('b', -3, 50), by('c', 5, -20), by('c', -40, 2), by('s', 10, -3)]

describe('a trace along Storgatan and down Lillgatan', () => {
  test('is one matching with a leg from each fix to the next, and a tracepoint for each', () => {
    const { code, matchings, tracepoints } = ask(ALONG, 'steps=true&geometries=geojson&overview=full')
    expect(code).toBe('Ok')
    expect(matchings).toHaveLength(1)
    const [{ legs, distance, confidence, geometry }] = matchings
    expect(legs).toHaveLength(4)
    expect(confidence).toBeWithin(0.9, 1.0001)
    expect(distance).toBeWithin(480, 500)
    expect(geometry.coordinates[0]).toEqual(tracepoints[0].location)
    expect(geometry.coordinates.at(-1)).toEqual(tracepoints[4].location)
    const names = legs.flatMap((leg: { steps: { name: string }[] }) => leg.steps.map(({ name }) => name))
    expect(new Set(names)).toEqual(new Set(['Storgatan', 'Lillgatan']))
    tracepoints.forEach((one: object, i: number) => {
      expect(one).toMatchObject({ matchings_index: 0, waypoint_index: i })
    })
    expect(tracepoints[2].alternatives_count).toBeGreaterThan(0)
    expect(tracepoints[0].distance).toBeCloseTo(4, 0)
  })

  test('has one leg between the coordinates that are waypoints', () => {
    const { matchings, tracepoints } = ask(ALONG, 'waypoints=0;2;4')
    expect(matchings[0].legs).toHaveLength(2)
    expect(tracepoints.map((one: { waypoint_index: number }) => one.waypoint_index)).toEqual([0, null, 1, null, 2])
    const whole = ask(ALONG)
    expect(matchings[0].distance).toBe(whole.matchings[0].distance)
  })

  test('is annotated when asked, and without tracepoints when they are not wanted', () => {
    const { matchings, ...rest } = ask(ALONG, 'annotations=true&skip_waypoints=true&overview=false')
    expect(matchings[0].legs[0].annotation.distance.length).toBeGreaterThan(0)
    expect(matchings[0]).not.toHaveProperty('geometry')
    expect(rest).toEqual({ code: 'Ok' })
  })
})

test('a gap of more than a minute splits a trace, unless gaps are ignored', () => {
  const query = 'timestamps=0;30;60;200;215'
  const split = ask(ALONG, query)
  expect(split.matchings).toHaveLength(2)
  expect(split.tracepoints.map((one: { matchings_index: number }) => one.matchings_index)).toEqual([0, 0, 0, 1, 1])
  expect(split.tracepoints[3].waypoint_index).toBe(0)
  expect(ask(ALONG, `${query}&gaps=ignore`).matchings).toHaveLength(1)
})

test('what is off, and when tidy what adds nothing, is null', () => {
  const off = ask([by('a', 0, 50), by('a', 0, 150), by('b', 120, 20), by('b', 0, 100), by('b', 0, 200)])
  expect(off.tracepoints.map((one: unknown) => one === null)).toEqual([false, false, true, false, false])
  const slow = [by('a', 0, 50), by('a', 0, 53), by('a', 0, 120), by('a', 0, 200)]
  const times = 'timestamps=10;12;20;30'
  expect(ask(slow, times).tracepoints[1]).not.toBeNull()
  expect(ask(slow, `${times}&tidy=true`).tracepoints[1]).toBeNull()
})

test('a larger radius finds a road that is farther away', () => {
  const far = [by('a', 60, 50), by('a', 60, 150), by('b', 60, 20)]
  expect(refusal(far)).toBe('NoSegment')
  expect(ask(far, 'radiuses=30;30;30').matchings).toHaveLength(1)
})

test('a bearing says which way two fixes at one place go', () => {
  const here = [by('a', 0, 100), by('a', 0, 100)]
  const first = (degrees: number) =>
    ask(here, `bearings=${degrees},20;${degrees},20&annotations=nodes`).matchings[0].legs[0].annotation.nodes
  expect(first(90)).not.toEqual(first(270))
})

test.each([
  [[by('a')], '', 'InvalidOptions'],
  [ALONG, 'timestamps=1;2', 'InvalidOptions'],
  [ALONG, 'timestamps=1;2;3;4;x', 'InvalidQuery'],
  [ALONG, 'timestamps=5;4;6;7;8', 'InvalidValue'],
  [ALONG, 'gaps=maybe', 'InvalidQuery'],
  [ALONG, 'tidy=1', 'InvalidQuery'],
  [ALONG, 'alternatives=true', 'InvalidQuery'],
  [ALONG, 'waypoints=0;2', 'InvalidValue'],
  [ALONG, 'waypoints=0;9;4', 'InvalidOptions'],
  [ALONG, 'radiuses=5;5;5;5;61', 'TooBig'],
  [ALONG, 'radiuses=unlimited;;;;', 'TooBig'],
  [Array.from({ length: 501 }, () => by('a')), '', 'TooBig'],
  [Array.from({ length: 101 }, () => by('a')), 'steps=true', 'TooBig'],
  [[by('a', 900), by('b', 900)], '', 'NoSegment'],
  [[by('a', 0, 50), by('e', 0, 0)], 'timestamps=0;1', 'NoMatch'],
  [ALONG, 'timestamps=0;30;60;200;215&waypoints=0;4', 'NoMatch'],
  [[by('a', 0, 50), by('b', 120, 20), by('b', 0, 100), by('b', 0, 200)], 'waypoints=0;1;3', 'NoMatch'],
])('%#: what is no trace, or no way, is refused by its code', (places, query, code) => {
  expect(refusal(places as string[], query)).toBe(code)
})

test('a radius of nothing is taken for a metre', () => {
  expect(ask(ALONG.slice(0, 2), 'radiuses=0;0').matchings).toHaveLength(1)
})
