import { expect, test } from 'bun:test'
import { type Brought, measure, quantile } from './measures.ts'
import { columnsOf, tableHeading, tableLine } from './table.ts'

const HOUR = 3_600

const brought = (orderId: string, changes: Partial<Brought> = {}): Brought => ({
  ...{ orderId, driverId: 'omar', placedAt: 0, readyAt: 600, assignedAt: 300, pickedUpAt: 720, deliveredAt: 1_200 },
  ...{ promisedAt: 1_080, floorSeconds: 900 },
  ...changes,
})

const shifts = [{ driverId: 'omar', time: [0, HOUR] as const }]

test('times are minutes of delivered orders; the others are only counted', () => {
  const all = [brought('soup'), brought('stew', { deliveredAt: 1_800, promisedAt: 2_000 })]
  const measures = measure({ brought: all, orderCount: 4, rides: all, shifts })
  expect(measures).toMatchObject({ orderCount: 4, undeliveredPercent: 50, clickToDoor: 25, clickToDoorP90: 29 })
  expect(measures).toMatchObject({ overage: 1, readyToPickup: 2, readyToPickupP90: 2, readyToDoor: 15, aboveFloor: 10 })
})

test('rides that overlap are one bundle, and their time counts once', () => {
  const rides = [
    brought('soup'),
    brought('stew', { deliveredAt: 1_500 }),
    brought('cake', { assignedAt: 1_500, pickedUpAt: 2_000, deliveredAt: 2_400 }),
  ]
  const measures = measure({ brought: rides, orderCount: 3, rides, shifts })
  expect(measures.ordersPerBundle).toBe(1.5)
  expect(measures.utilisation).toBeCloseTo((1_500 - 300 + 900) / HOUR, 9)
})

test('a driver is on duty until his last door, and is paid by the order or by the hour', () => {
  const rides = [brought('soup', { deliveredAt: 2 * HOUR })]
  expect(measure({ brought: rides, orderCount: 1, rides, shifts }).costPerOrder).toBe(30)
  const short = [{ driverId: 'omar', time: [0, 600] as const }]
  expect(measure({ brought: [brought('soup')], orderCount: 1, rides: [brought('soup')], shifts: short })).toMatchObject(
    {
      costPerOrder: 10,
      utilisation: 900 / 1_200,
    },
  )
})

test('what takes time but does not count makes nothing look better', () => {
  const rides = [brought('soup'), brought('called off too late', { placedAt: -9_999 })]
  const measures = measure({ brought: rides.slice(0, 1), orderCount: 1, rides, shifts })
  expect(measures).toMatchObject({ undeliveredPercent: 0, clickToDoor: 20, ordersPerBundle: 2 })
})

test('quantiles lie between neighbours', () => {
  expect(quantile([4, 1, 2, 3], 0.5)).toBe(2.5)
  expect(quantile([], 0.5)).toBeNaN()
})

test('a line has a value under each title, and none where there is none', () => {
  const columns = columnsOf('over')
  const nothing = measure({ brought: [], orderCount: 2, rides: [], shifts: [] })
  const cells = tableLine(columns, 'a zone', 'recorded', nothing, []).trim().split(/ +/).slice(3)
  expect(cells).toEqual(['100.00', ...Array.from({ length: 13 }, () => '-')])
  expect(tableLine(columns, 'a zone', 'ours', nothing, [1, 2])).toHaveLength(tableHeading('zone', columns).length)
})
