import { expect, test } from 'bun:test'
import { type Carried, isWholeRoute, type RouteStop, stopsLeft, stopsWith } from './stop-order.ts'

const at = (kitchen: string, orderId: string, isPickedUp = false): Carried => ({ orderId, kitchen, isPickedUp })
const stops = (text: string): RouteStop[] =>
  text.split(' ').map((word) => ({ type: word[0] === 'p' ? 'pickup' : 'dropoff', orderId: word.slice(1) }))

test.each<[string, string, Carried[], string]>([
  ['what is done is left out', 'pA pB dA dB', [at('k', 'A', true), at('k', 'B')], 'pB dA dB'],
  ['what is not his any more is left out', 'pA pB dA dB', [at('k', 'B')], 'pB dB'],
  ['what a route does not know comes last', 'pA dA', [at('k', 'A'), at('k', 'B')], 'pA dA pB dB'],
])('%s', (_what, route, carried, left) => {
  expect(stopsLeft(stops(route), carried)).toEqual(stops(left))
})

test.each<[string, string, Carried[], Carried[], string[], string]>([
  ['a bundle: each kitchen once', 'x', [], [at('k', 'A'), at('l', 'B'), at('k', 'C')], [], 'pA pC pB dA dB dC'],
  ['more, with an order of the doors', 'pA dA', [at('k', 'A')], [at('k', 'B')], ['B', 'A'], 'pA pB dB dA'],
  ['more, without: after what he had', 'pA dA', [at('k', 'A')], [at('l', 'B')], [], 'pA dA pB dB'],
  ['doors of food on board stay', 'dA', [at('k', 'A', true)], [at('k', 'B')], ['A', 'B'], 'pB dA dB'],
])('%s', (_what, route, carried, added, doors, after) => {
  expect(stopsWith(stops(route), carried, added, doors)).toEqual(stops(after))
})

test.each<[string, boolean]>([
  ['pA pB dB dA', true],
  ['pA dA pB dB', true],
  ['dA pA pB dB', false],
  ['pA pB dA', false],
  ['pA pB dA dA dB', false],
  ['pA pB dA dB dC', false],
])('%s is a route of A and B: %p', (route, isRoute) => {
  expect(isWholeRoute(stops(route), [at('k', 'A'), at('k', 'B')])).toBe(isRoute)
})
