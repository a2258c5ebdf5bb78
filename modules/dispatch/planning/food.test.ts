import { expect, test } from 'bun:test'
import { NOTHING_KNOWN } from '../eta/estimate'
import { type Cooking, readyAtOf } from './food'

const NOW = new Date('2026-11-23T11:00:00Z')
const MINUTE_MS = 60_000
const known = { ...NOTHING_KNOWN, preparation: { mean: 0, spread: 0.2, weight: 50 } }
const slow = { ...known, preparation: { ...known.preparation, mean: Math.log(1.5) } }

/** Accepted so many minutes ago with a quarter of an hour to cook. */
const cooking = (minutesAgo: number, more: Partial<Cooking> = {}): Cooking => ({
  orderId: 'soup',
  chefId: 'mai',
  status: 'preparing',
  acceptedAt: new Date(NOW.getTime() - minutesAgo * MINUTE_MS).toISOString(),
  prepSeconds: 900,
  readyAt: new Date(NOW.getTime() + (15 - minutesAgo) * MINUTE_MS).toISOString(),
  ...more,
})
const minutesOf = ({ atMs }: { atMs: number }) => (atMs - NOW.getTime()) / MINUTE_MS

test('of a kitchen that keeps its word the food is expected when it said, give or take some minutes', () => {
  const ready = readyAtOf(cooking(0), known, NOW)
  expect(minutesOf(ready)).toBeCloseTo(15, 0)
  expect(ready.spreadSeconds).toBeGreaterThan(120)
  expect(ready.spreadSeconds).toBeLessThan(300)
})

test('of a kitchen that is usually half as late again it is expected then', () => {
  expect(minutesOf(readyAtOf(cooking(0), slow, NOW))).toBeCloseTo(23, 0)
})

test('what should long be ready is not expected in the past, and the later, the less sure', () => {
  const late = readyAtOf(cooking(20), known, NOW)
  expect(minutesOf(late)).toBeGreaterThan(0)
  expect(minutesOf(readyAtOf(cooking(30), known, NOW))).toBeGreaterThan(minutesOf(late))
})

test('what is ready is ready, and certain', () => {
  const readyAt = new Date(NOW.getTime() - MINUTE_MS).toISOString()
  expect(readyAtOf(cooking(20, { status: 'ready_for_pickup', readyAt }), slow, NOW)).toEqual({
    atMs: Date.parse(readyAt),
    spreadSeconds: 0,
  })
})
