import { expect, test } from 'bun:test'
import { gauge, RequestDurations, registry } from '#core/metrics'

test('request durations are read as a histogram: cumulative buckets, sum and count by labels', async () => {
  const durations = new RequestDurations({ method: 'GET', route: '/metrics-test', status: '200' })
  for (const seconds of [0.0005, 0.001, 0.02, 99]) durations.observe(seconds)
  const text = await registry.metrics()
  const value = (suffix: string, le?: string) => {
    const labels = `${le ? `le="${le}",` : ''}method="GET",route="/metrics-test",status="200"`
    return text.match(new RegExp(`^ridendine_http_request_duration_seconds_${suffix}\\{${labels}\\} (.+)$`, 'm'))?.[1]
  }
  expect(value('bucket', '0.001')).toBe('2')
  expect(value('bucket', '0.025')).toBe('3')
  expect(value('bucket', '10')).toBe('3')
  expect(value('bucket', '\\+Inf')).toBe('4')
  expect(value('count')).toBe('4')
  expect(Number(value('sum'))).toBeCloseTo(99.0215)
})

test('a gauge that cannot be read, or hangs, does not cost the scrape of the others', async () => {
  gauge('test_good', 'Can be read', [], (self) => self.set(7))
  gauge('test_throws', 'Throws at once', [], () => {
    throw new Error('no')
  })
  gauge('test_rejects', 'Fails later', [], () => Promise.reject(new Error('no')))
  gauge('test_hangs', 'Never ends', [], () => new Promise<void>(() => {}))
  const startedMs = performance.now()
  const text = await registry.metrics()
  expect(performance.now() - startedMs).toBeLessThan(9_000)
  expect(text).toContain('\nridendine_test_good 7\n')
  const later = await registry.getSingleMetricAsString('ridendine_metrics_unread_total')
  for (const name of ['throws', 'rejects', 'hangs']) expect(later).toContain(`{metric="test_${name}"} 1`)
  for (const name of ['good', 'throws', 'rejects', 'hangs']) registry.removeSingleMetric(`ridendine_test_${name}`)
})
