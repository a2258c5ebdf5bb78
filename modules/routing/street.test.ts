import { expect, test } from 'bun:test'
import { sketch } from '#support/street-sketch'
import { nearestStreet } from './street.ts'

const { router, at } = sketch(
  'a        b\n d       e\n\n\n\n\n\n\n\nf        g',
  [
    { nodes: 'ab', name: 'Storgatan' },
    { nodes: 'de', class: 'service' },
    { nodes: 'fg', ref: '40' },
  ],
  { gridMeters: 30 },
)

test('a place lies at the nearest street with a name, past a driveway without one', () => {
  expect(nearestStreet(router, at('e'))).toEqual({
    street: 'Storgatan',
    distanceMeters: 30,
    location: { lat: at('b').lat, lng: expect.closeTo(at('e').lng, 6) },
  })
})

test('a road that has but a number is told by it', () => {
  expect(nearestStreet(router, at('f'))).toMatchObject({ street: '40', distanceMeters: 0 })
})

test('far from any street there is none', () => {
  const { lat, lng } = at('b')
  expect(nearestStreet(router, { lat: lat + 0.003, lng })).toBeUndefined()
})
