import { describe, expect, test } from 'bun:test'
import type { Profile } from '#modules/routing/graph/road-graph'
import { WAY_KEYS } from '../keys'
import { rulesOf } from './index'
import type { DirectionUse } from './rules'

/** Tags as text: `highway=primary oneway=yes`. */
const tagsIn = (text: string): Map<string, string> =>
  new Map(
    text.split(' ').map((pair) => {
      const [key = '', ...value] = pair.split('=')
      // A key that the readers leave behind would be tested here and never seen.
      if (!WAY_KEYS.has(key)) throw new Error(`${key} is not among the keys that are read`)
      return [key, value.join('=')]
    }),
  )

const speedOf = (use: DirectionUse | undefined) =>
  use ? `${Math.round(use.kmh * 10) / 10}${use.isRestricted ? ' restricted' : ''}${use.isPushed ? ' pushed' : ''}` : '-'

/** `25 | -`: km/h along the way and against it. */
const usedBy = (profile: Profile, text: string): string => {
  const use = rulesOf[profile].way(tagsIn(text))
  return use ? `${speedOf(use.forward)} | ${speedOf(use.backward)}` : 'no'
}

const expectTable = (profile: Profile, rows: readonly (readonly [tags: string, used: string])[]) => {
  const found = rows.map(([tags]) => `${tags}: ${usedBy(profile, tags)}`)
  expect(found).toEqual(rows.map(([tags, used]) => `${tags}: ${used}`))
}

describe('car', () => {
  test('kinds of roads', () =>
    expectTable('car', [
      ['highway=motorway', '90 | -'],
      ['highway=motorway_link', '45 | 45'],
      ['highway=residential', '25 | 25'],
      ['highway=service', '15 | 15'],
      ['highway=track', 'no'],
      ['highway=track motor_vehicle=yes', '10 | 10'],
      ['highway=footway', 'no'],
      ['highway=footway access=yes', 'no'],
      ['highway=footway motor_vehicle=yes', '10 | 10'],
      ['highway=pedestrian motor_vehicle=destination', 'no'],
      ['highway=cycleway', 'no'],
      ['highway=steps access=yes', 'no'],
      ['highway=construction', 'no'],
      ['highway=residential construction=minor', '25 | 25'],
      ['highway=residential construction=yes', 'no'],
      ['highway=service area=yes', 'no'],
      ['highway=service service=emergency_access', 'no'],
      ['highway=pedestrian', 'no'],
      ['man_made=pier', 'no'],
    ]))

  test('access, the more specific key first', () =>
    expectTable('car', [
      ['highway=residential access=no', 'no'],
      ['highway=residential access=no motor_vehicle=yes', '25 | 25'],
      ['highway=residential vehicle=yes motor_vehicle=no', 'no'],
      ['highway=residential motor_vehicle=no motorcar=designated', '25 | 25'],
      ['highway=residential access=private', '25 restricted | 25 restricted'],
      ['highway=residential access=destination motorcar=yes', '25 | 25'],
      ['highway=residential access=agricultural', 'no'],
      ['highway=track access=private', 'no'],
      ['highway=residential access:forward=no', '- | 25'],
      ['highway=residential motor_vehicle:backward=destination', '25 | 25 restricted'],
      ['highway=residential bicycle=no foot=no', '25 | 25'],
      ['highway=primary hov=designated', '65 restricted | 65 restricted'],
    ]))

  test('one-ways', () =>
    expectTable('car', [
      ['highway=residential oneway=yes', '25 | -'],
      ['highway=residential oneway=1', '25 | -'],
      ['highway=residential oneway=-1', '- | 25'],
      ['highway=residential oneway=no', '25 | 25'],
      ['highway=motorway oneway=no', '90 | 90'],
      ['highway=residential junction=roundabout', '25 | -'],
      ['highway=residential junction=roundabout oneway=no', '25 | 25'],
      ['highway=residential oneway=yes oneway:motor_vehicle=no', '25 | 25'],
      ['highway=residential oneway=yes oneway:bicycle=no', '25 | -'],
      ['highway=residential oneway=reversible', 'no'],
    ]))

  test('speed limits, of which four fifths are driven', () =>
    expectTable('car', [
      ['highway=residential maxspeed=50', '40 | 40'],
      ['highway=residential maxspeed=30mph', '38.6 | 38.6'],
      ['highway=motorway maxspeed=none', '112 | -'],
      ['highway=primary maxspeed=FR:urban', '40 | 40'],
      ['highway=primary maxspeed=DE:rural', '80 | 80'],
      ['highway=primary maxspeed=gb:nsl_dual', '90.1 | 90.1'],
      ['highway=primary maxspeed=signals', '65 | 65'],
      ['highway=primary maxspeed:forward=50 maxspeed:backward=70', '40 | 56'],
      ['highway=primary maxspeed=80 maxspeed:advisory=50', '40 | 40'],
      ['highway=primary source:maxspeed=SE:urban', '40 | 40'],
    ]))

  test('rough surfaces', () =>
    expectTable('car', [
      ['highway=residential maxspeed=70 surface=asphalt', '56 | 56'],
      ['highway=residential maxspeed=70 surface=gravel', '40 | 40'],
      ['highway=unclassified surface=sand', '20 | 20'],
      ['highway=unclassified tracktype=grade5', '20 | 20'],
      ['highway=unclassified smoothness=very_bad', '20 | 20'],
      ['highway=unclassified smoothness=impassable', 'no'],
    ]))

  test('sizes', () =>
    expectTable('car', [
      ['highway=residential maxheight=1.9', 'no'],
      ['highway=residential maxheight=2.2', '25 | 25'],
      ['highway=residential maxheight=6\'6"', 'no'],
      ['highway=residential maxheight=default', '25 | 25'],
      ['highway=residential maxwidth=1.8', 'no'],
      ['highway=residential width=2,5', '25 | 25'],
      ['highway=residential maxweight=1.5', 'no'],
      ['highway=residential maxweight=3.5', '25 | 25'],
      ['highway=residential maxheight:physical:forward=1', '- | 25'],
    ]))

  test('ferries', () => {
    expectTable('car', [
      ['route=ferry', '5 | 5'],
      ['route=ferry motor_vehicle=no', 'no'],
      ['route=ferry foot=yes', '5 | 5'],
      ['route=shuttle_train', '10 | 10'],
      ['route=bus', 'no'],
    ])
    expect(rulesOf.car.way(tagsIn('route=ferry duration=00:20'))?.durationSeconds).toBe(1200)
    expect(rulesOf.car.way(tagsIn('route=ferry duration=PT1H30M'))?.durationSeconds).toBe(5400)
    expect(rulesOf.car.way(tagsIn('route=ferry duration=soon'))?.durationSeconds).toBe(0)
  })

  test('what is better left alone weighs more than it lasts', () => {
    const share = (text: string) => {
      const { kmh, weightKmh } = rulesOf.car.way(tagsIn(text))!.forward!
      return weightKmh / kmh
    }
    expect(share('highway=residential')).toBe(1)
    expect(share('highway=service service=alley')).toBe(0.5)
    expect(share('highway=service service=parking_aisle')).toBe(0.5)
    expect(share('highway=residential width=2.5')).toBe(0.5)
    expect(share('highway=residential lanes=1')).toBe(0.5)
    expect(share('highway=residential lanes=1 oneway=yes')).toBe(1)
    expect(share('highway=residential side_road=yes')).toBeCloseTo(0.8, 10)
    expect(share('highway=residential oneway=alternating')).toBeCloseTo(0.4, 10)
  })
})

describe('scooter', () => {
  test('no more than 45, no motorways, its own key', () =>
    expectTable('scooter', [
      ['highway=primary', '45 | 45'],
      ['highway=residential', '25 | 25'],
      ['highway=primary maxspeed=50', '40 | 40'],
      ['highway=motorway', 'no'],
      ['highway=motorway_link', 'no'],
      ['highway=trunk', '45 | 45'],
      ['highway=trunk motorroad=yes', 'no'],
      ['highway=cycleway', 'no'],
      ['highway=cycleway moped=yes', '10 | 10'],
      ['highway=residential moped=no', 'no'],
      ['highway=residential motorcar=no', '25 | 25'],
      ['highway=residential motor_vehicle=no moped=yes', '25 | 25'],
      ['highway=residential maxwidth=1.5', '25 | 25'],
      ['highway=residential oneway=yes oneway:moped=no', '25 | 25'],
    ]))
})

describe('bike', () => {
  test('kinds of roads', () =>
    expectTable('bike', [
      ['highway=residential', '15 | 15'],
      ['highway=cycleway', '15 | 15'],
      ['highway=path', '13 | 13'],
      ['highway=track', '12 | 12'],
      ['highway=motorway', 'no'],
      ['highway=trunk', 'no'],
      ['highway=trunk bicycle=yes', '15 | 15'],
      ['highway=footway', '4 pushed | 4 pushed'],
      ['highway=footway bicycle=yes', '15 | 15'],
      ['highway=footway foot=no', 'no'],
      ['highway=steps', '2 pushed | 2 pushed'],
      ['highway=pedestrian bicycle=dismount', '4 pushed | 4 pushed'],
      ['highway=residential bicycle=no', '4 pushed | 4 pushed'],
      ['highway=residential access=no', 'no'],
      ['highway=residential access=private', '15 restricted | 15 restricted'],
      ['highway=residential motor_vehicle=no', '15 | 15'],
      ['highway=cycleway surface=gravel', '6 | 6'],
      ['highway=cycleway smoothness=bad', '10 | 10'],
      ['highway=living_street maxspeed=7', '7 | 7'],
      ['route=ferry', '5 | 5'],
      ['route=ferry bicycle=no', 'no'],
    ]))

  test('one-ways and the exceptions', () =>
    expectTable('bike', [
      ['highway=residential oneway=yes', '15 | 4 pushed'],
      ['highway=residential oneway=yes foot=no', '15 | -'],
      ['highway=residential oneway=-1', '4 pushed | 15'],
      ['highway=residential oneway=yes oneway:bicycle=no', '15 | 15'],
      ['highway=residential oneway=yes cycleway=opposite', '15 | 15'],
      ['highway=residential oneway=yes cycleway:left=opposite_lane', '15 | 15'],
      ['highway=residential oneway=yes cycleway=lane', '15 | 4 pushed'],
      ['highway=residential oneway:bicycle=yes', '15 | 4 pushed'],
      ['highway=residential junction=roundabout', '15 | -'],
    ]))

  test('busy roads weigh more, unless a cycleway runs along', () => {
    const share = (text: string) => {
      const { kmh, weightKmh } = rulesOf.bike.way(tagsIn(text))!.forward!
      return weightKmh / kmh
    }
    expect(share('highway=residential')).toBe(1)
    expect(share('highway=primary')).toBe(0.5)
    expect(share('highway=primary cycleway=track')).toBe(1)
    expect(share('highway=primary cycleway:right=lane')).toBe(1)
    expect(share('highway=primary cycleway:left=lane')).toBe(0.5)
  })
})

describe('foot', () => {
  test('kinds of ways', () =>
    expectTable('foot', [
      ['highway=footway', '5 | 5'],
      ['highway=residential', '5 | 5'],
      ['highway=steps', '5 | 5'],
      ['highway=cycleway', '5 | 5'],
      ['highway=cycleway foot=no', 'no'],
      ['highway=motorway', 'no'],
      ['highway=trunk', 'no'],
      ['highway=trunk foot=yes', '5 | 5'],
      ['highway=residential oneway=yes', '5 | 5'],
      ['highway=footway oneway:foot=yes', '5 | -'],
      ['highway=residential junction=roundabout', '5 | 5'],
      ['highway=service access=private', '5 restricted | 5 restricted'],
      ['highway=service access=no', 'no'],
      ['highway=service access=no foot=yes', '5 | 5'],
      ['highway=path surface=sand', '2.5 | 2.5'],
      ['man_made=pier', '5 | 5'],
      ['railway=platform', '5 | 5'],
      ['route=ferry', '5 | 5'],
    ]))
})
