import { expect, test } from 'bun:test'
import { seededRandom } from '#demo/random'
import { databaseBytesAfterYear, monthlyCost } from './cost.ts'
import { poisson, simulateDay } from './day.ts'
import { ASSUMED, costPerOrder, ordersPerSecond, requestsPerOrder } from './demand.ts'
import { quantity, readManifests } from './manifests.ts'
import { scalingTables, withTables } from './page.ts'
import { waitQuantile } from './queue.ts'

const { api, realtime } = readManifests('.')
const day = (ordersPerDay: number, surge?: { fromSeconds: number; toSeconds: number; factor: number }) =>
  simulateDay({ name: 'test', ordersPerDay, surge }, api, realtime, seededRandom(3))

test('the tables of docs/scaling.md are those of the model: bun run scaling:simulate --write', async () => {
  const page = await Bun.file('docs/scaling.md').text()
  expect(page).toBe(withTables(page, scalingTables('.')))
})

test('the manifests are those of the issue', () => {
  expect(api.autoscaler).toEqual({
    replicasMin: 3,
    replicasMax: 10,
    scaleUpWindowSeconds: 60,
    scaleDownWindowSeconds: 300,
  })
  expect([api.cpuTarget, api.memoryTarget]).toEqual([0.7, 0.8])
  expect(realtime).toMatchObject({ autoscaler: { replicasMin: 2, replicasMax: 12 }, socketsPerPodTarget: 5000 })
})

test.each([
  ['250m', 0.25],
  ['2', 2],
  ['5k', 5000],
  ['256Mi', 268_435_456],
])('%s is %d', (text, expected) => {
  expect(quantity(text)).toBe(expected)
})

test('what is no quantity is refused', () => {
  expect(() => quantity('much')).toThrow('much is no quantity')
  expect(() => quantity('5x')).toThrow()
})

test('the hours of a day are all of its orders', () => {
  expect(ASSUMED.hours.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 10)
  let orders = 0
  for (let second = 0; second < 86_400; second += 60) orders += ordersPerSecond(1000, second) * 60
  expect(Math.abs(orders / 1000 - 1)).toBeLessThan(0.001)
})

test('Poisson numbers have their mean, and as much variance, few or many', () => {
  for (const expected of [0.3, 4, 400]) {
    const random = seededRandom(11)
    const drawn = Array.from({ length: 20_000 }, () => poisson(expected, random))
    const mean = drawn.reduce((sum, one) => sum + one, 0) / drawn.length
    const variance = drawn.reduce((sum, one) => sum + (one - mean) ** 2, 0) / drawn.length
    expect(Math.abs(mean / expected - 1)).toBeLessThan(0.03)
    expect(Math.abs(variance / expected - 1)).toBeLessThan(0.06)
  }
})

test('the work of a day is its orders by what each costs, as long as it can be done', () => {
  const { coresMean, overloadedSeconds, pods } = day(300_000)
  expect(overloadedSeconds).toBe(0)
  expect(Math.abs(coresMean / ((300_000 * costPerOrder.server) / 86_400) - 1)).toBeLessThan(0.01)
  expect(pods.most).toBeGreaterThan(pods.fewest)
  expect(pods.most).toBeLessThanOrEqual(api.autoscaler.replicasMax)
})

test('with the fewest pods the worst wait is that of the formula at the peak', () => {
  const report = day(100_000)
  expect(report.pods.most).toBe(3)
  const serviceSeconds = costPerOrder.server / requestsPerOrder
  const worst = waitQuantile({ servers: 1, arrivalRate: report.peakRequestsPerSecond / 3, serviceSeconds }, 0.95)
  // Chance makes some quarter of a minute of the day a little worse.
  expect(report.waitP95WorstSeconds).toBeGreaterThanOrEqual(worst)
  expect(report.waitP95WorstSeconds).toBeLessThan(worst * 1.25)
})

test('what cannot be served waits and is served later: none of it is lost', () => {
  const surge = { fromSeconds: 66_600, toSeconds: 67_500, factor: 5 }
  const calm = day(1_000_000)
  const wild = day(1_000_000, surge)
  expect(calm.overloadedSeconds).toBe(0)
  expect(wild.overloadedSeconds).toBeGreaterThan(900)
  const added = ((wild.coresMean - calm.coresMean) * 86_400) / costPerOrder.server
  const expected = 4 * ordersPerSecond(1_000_000, 67_050) * 900
  expect(Math.abs(added / expected - 1)).toBeLessThan(0.02)
})

test('the same seed tells the same day, ten times the orders fill ten times the disk', () => {
  expect(day(50_000)).toEqual(day(50_000))
  expect(databaseBytesAfterYear(1000)).toBe(databaseBytesAfterYear(100) * 10)
})

test('a cost is the sum of its lines, and falls for each order as they become more', () => {
  const pod = { cpu: 0.25, memoryGiB: 0.25 }
  const few = monthlyCost(day(1000), pod)
  expect(few.lines.reduce((sum, line) => sum + line.perMonth, 0)).toBeCloseTo(few.perMonth, 8)
  expect(few.perThousandOrders).toBeCloseTo(few.perMonth / 30, 8)
  expect(monthlyCost(day(100_000), pod).perThousandOrders).toBeLessThan(few.perThousandOrders)
})
