import { expect, test } from 'bun:test'
import { RequestDurations, registry } from '#core/metrics'

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
