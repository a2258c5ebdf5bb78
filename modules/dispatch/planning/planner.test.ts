import { afterEach, expect, test } from 'bun:test'
import { FAILS_AT } from '#support/plan-failures'
import type { Snapshot } from '../engine/policy'
import { createPlanner, PLAN_BUDGET_MS, type Planner } from './planner'

const HANG_MS = 100
const NOW = new Date('2026-11-23T11:00:00Z')

const at = (now: Date | number): Snapshot => ({
  now: new Date(now),
  deliveries: [
    {
      orderId: 'soup',
      pickup: { lat: 57.7, lng: 11.97 },
      dropoff: { lat: 57.71, lng: 11.97 },
      placedAt: new Date(now),
      readyAt: new Date(now),
      payCents: 600,
      excludedDriverIds: new Set(['lena']),
    },
  ],
  drivers: ['omar', 'lena'].map((driverId) => ({ driverId, position: { lat: 57.7, lng: 11.97 } })),
  pickupSeconds: [[120], [60]],
  leadSeconds: 0,
})

let planner: Planner
afterEach(() => planner.stop())

const planAt = async (now: Date | number) => {
  const decisions = await planner.plan({ policy: 'nearest-driver', snapshot: at(now), budgetMs: PLAN_BUDGET_MS })
  return decisions.map(({ orderId, driverId }) => [orderId, driverId])
}

test('the thread of the process plans what is handed to it', async () => {
  planner = createPlanner()
  expect(await planAt(NOW)).toEqual([['soup', 'omar']])
})

test.each(Object.entries(FAILS_AT))(
  'a thread that %s fails its round, and the next round has another',
  async (how, atMs) => {
    planner = createPlanner({ path: 'tests/support/failing-planner.ts', hangMs: HANG_MS })
    expect(await planAt(NOW)).toEqual([['soup', 'omar']])
    const startedMs = performance.now()
    const failing = planAt(atMs)
    // Asked while the other is still at it: it waits for its turn, and its time begins then.
    const next = planAt(NOW)
    expect(await failing.catch((error: unknown) => error)).toBeInstanceOf(Error)
    expect(performance.now() - startedMs).toBeGreaterThan(how === 'hangs' ? PLAN_BUDGET_MS + HANG_MS - 50 : 0)
    expect(await next).toEqual([['soup', 'omar']])
  },
)

test('while a thread hangs, this one goes on', async () => {
  planner = createPlanner({ path: 'tests/support/failing-planner.ts', hangMs: HANG_MS })
  const failing = planAt(FAILS_AT.hangs).catch(() => 'failed')
  let ticks = 0
  const timer = setInterval(() => ticks++, 10)
  expect(await failing).toBe('failed')
  clearInterval(timer)
  expect(ticks).toBeGreaterThan(20)
})
