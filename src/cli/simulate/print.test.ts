import { expect, test } from 'bun:test'
import { createChecks } from './checks'
import { printReport, table } from './print'
import { isSound, type Report } from './report'
import { quantile } from './stats'

const report = (change: Partial<Report> = {}): Report => ({
  run: 'r1',
  url: 'http://localhost:9001',
  seed: 1,
  speed: 240,
  stopped: undefined,
  wallSeconds: 10,
  virtualHours: 12,
  orders: { wanted: 2, placed: 2, open: 0, outcomes: { delivered: 2 } },
  times: [{ what: 'click to door', count: 2, p50Minutes: 30, p90Minutes: undefined, p50Seconds: 7.5, p90Seconds: 8 }],
  drivers: { count: 1, utilisation: 0.5, deliveriesPerHour: 2 },
  counts: { fixes: 3 },
  routes: [{ route: 'GET /chefs', count: 4, statuses: '200:4', p50Ms: 1, p95Ms: 2, p99Ms: 3 }],
  requestsPerSecond: 4,
  transportErrors: {},
  serverFaults: [],
  findings: createChecks().findings(),
  ...change,
})

const broken = () => {
  const checks = createChecks()
  checks.that('total', false, () => 'order a: the parts come to 5')
  return checks.findings()
}

test('columns are as wide as their widest cell, numbers stand to the right', () => {
  expect(
    table([
      ['route', 'count'],
      ['GET /a', 5],
      ['GET /chefs', 120],
    ]),
  ).toBe(['route       count', '----------  -----', 'GET /a          5', 'GET /chefs    120'].join('\n'))
})

test('a report says what broke, with an example, and what was never looked at', () => {
  const text = printReport(report({ findings: broken() }))
  expect(text).toMatch(/BROKEN {2}total = .*\(1 times\)\n\s+order a: the parts come to 5/)
  expect(text).toContain('never looked at')
  expect(text).toContain('No answer of 500 or above.')
  expect(text).not.toContain('undefined')
})

test('a day is sound when nothing broke and nothing but a person stopped it', () => {
  expect(isSound(report())).toBe(true)
  expect(isSound(report({ findings: broken() }))).toBe(false)
  expect(isSound(report({ stopped: 'SIGINT' }))).toBe(true)
  expect(isSound(report({ stopped: '30 minutes are over' }))).toBe(false)
})

test('a quantile is one of the values', () => {
  expect([quantile([5, 1, 3], 0.5), quantile([5, 1, 3], 0.9), quantile([5], 0.5), quantile([], 0.5)]).toEqual([
    3,
    5,
    5,
    undefined,
  ])
})
