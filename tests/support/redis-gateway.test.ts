import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Redis } from '@upstash/redis'
import { startTestRedis, type TestRedis } from './redis-server'

let redis: TestRedis
beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis?.stop())

// biome-ignore lint/suspicious/noExplicitAny: an answer is whatever was sent
const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<[number, any]> => {
  const answer = await fetch(`${redis.gateway.url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${redis.gateway.token}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
  return [answer.status, await answer.json()]
}

test('one command, a pipeline and a transaction', async () => {
  expect(await post('/', ['SET', 'k', 'värde'])).toEqual([200, { result: 'OK' }])
  expect(
    await post('/pipeline', [
      ['GET', 'k'],
      ['GET', 'none'],
      ['INCRBY', 'n', 2],
    ]),
  ).toEqual([200, [{ result: 'värde' }, { result: null }, { result: 2 }]])
  expect(
    await post('/multi-exec', [
      ['INCR', 'n'],
      ['GET', 'n'],
    ]),
  ).toEqual([200, [{ result: 3 }, { result: '3' }]])
})

test('texts are in base64 for who asks for it, numbers and nothing are not', async () => {
  await post('/', ['RPUSH', 'list', 'a', 'å'])
  const commands = [
    ['LRANGE', 'list', 0, -1],
    ['LLEN', 'list'],
    ['GET', 'none'],
    ['LLEN', 'k'],
  ]
  const [status, outcomes] = await post('/pipeline', commands, { 'upstash-encoding': 'base64' })
  expect(status).toBe(200)
  expect(outcomes).toEqual([
    { result: ['YQ==', 'w6U='] },
    { result: 2 },
    { result: null },
    { error: expect.stringContaining('WRONGTYPE') },
  ])
})

test('what Redis says no to is 400 alone, and has its place in a pipeline', async () => {
  expect(await post('/', ['NOPE'])).toEqual([400, { error: expect.stringContaining('unknown command') }])
  expect(await post('/pipeline', [['NOPE'], ['PING']])).toEqual([
    200,
    [{ error: expect.stringContaining('unknown command') }, { result: 'PONG' }],
  ])
  expect(await post('/multi-exec', [['NOPE'], ['PING']])).toEqual([
    400,
    { error: expect.stringContaining('EXECABORT') },
  ])
  expect(await post('/multi-exec', [['LLEN', 'k'], ['PING']])).toEqual([
    200,
    [{ error: expect.stringContaining('WRONGTYPE') }, { result: 'PONG' }],
  ])
})

test('no token, a wrong one, an unknown path and a body that is no command', async () => {
  const status = async (...args: Parameters<typeof post>) => (await post(...args))[0]
  expect(await status('/', ['PING'], { authorization: '' })).toBe(400)
  expect(await status('/', ['PING'], { authorization: 'Bearer wrong' })).toBe(401)
  expect(await status('/subscribe/topic', [])).toBe(404)
  expect(await status('/', { command: 'PING' })).toBe(400)
  expect(await status('/pipeline', ['PING'])).toBe(400)
})

test('transactions of many callers do not mix', async () => {
  const rounds = await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      post('/multi-exec', [
        ['SET', 'mix', i],
        ['GET', 'mix'],
      ]),
    ),
  )
  expect(rounds.map(([, [, got]]) => got.result)).toEqual(rounds.map((_, i) => String(i)))
})

test('with Redis gone it answers 500, and serves again when Redis is back', async () => {
  await redis.kill()
  expect(await post('/', ['PING'])).toEqual([500, { error: 'Unable to connect to the Redis server' }])
  await redis.restart()
  expect(await post('/', ['PING'])).toEqual([200, { result: 'PONG' }])
})

test('the official client understands it', async () => {
  const client = new Redis({ url: redis.gateway.url, token: redis.gateway.token, enableTelemetry: false })
  await client.set('whom', { name: 'Åsa', count: 2 })
  expect(await client.get<object>('whom')).toEqual({ name: 'Åsa', count: 2 })
  expect(await client.multi().incr('m').incr('m').exec()).toEqual([1, 2])
  const id = await client.xadd('stream', '*', { f: 'ö' })
  expect(await client.xrange('stream', '-', '+')).toEqual({ [id]: { f: 'ö' } })
})
