import { expect, test } from 'bun:test'
import { Distribution, Measures } from './measures.ts'
import { durationMs, judge } from './thresholds.ts'

test('a percentile is off by no more than two per cent', () => {
  const distribution = new Distribution()
  for (let value = 1; value <= 10_000; value++) distribution.add(value / 10)
  for (const percent of [1, 50, 95, 99, 99.9]) {
    const exact = percent * 10
    expect(Math.abs(distribution.percentile(percent) / exact - 1)).toBeLessThan(0.021)
  }
  expect([distribution.min, distribution.max, distribution.count]).toEqual([0.1, 1000, 10_000])
})

test('nothing has no percentile but zero', () => {
  expect(new Distribution().percentile(95)).toBe(0)
})

test('thresholds are judged as k6 words them, also of one route', () => {
  const measures = new Measures()
  for (let n = 0; n < 99; n++) measures.request('GET /fast', 10, false)
  measures.request('GET /slow', 900, true)
  const verdict = (metric: string, threshold: string) => judge(measures, { [metric]: [threshold] })[0]!.isKept
  expect(verdict('http_req_failed', 'rate<0.011')).toBe(true)
  expect(verdict('http_req_failed', 'rate<0.01')).toBe(false)
  expect(verdict('http_req_duration', 'p(95)<11')).toBe(true)
  expect(verdict('http_req_duration', 'max<500')).toBe(false)
  expect(verdict('http_req_duration{name:GET /slow}', 'p(95)>=890')).toBe(true)
  expect(verdict('http_req_duration', 'count==100')).toBe(true)
  // What was never measured says nothing good.
  expect(verdict('event_delay', 'p(95)<100')).toBe(false)
  expect(() => judge(measures, { checks: ['ratio>1'] })).toThrow('not a threshold')
})

test.each([
  ['30s', 30_000],
  ['1m30s', 90_000],
  ['4h', 14_400_000],
  ['250ms', 250],
])('%s is %i ms', (text, ms) => {
  expect(durationMs(text)).toBe(ms)
})

test.each(['', '5', 'soon', '1m 30s', '-1s'])('"%s" is no duration', (text) => {
  expect(() => durationMs(text)).toThrow('not a duration')
})
