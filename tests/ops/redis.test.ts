/** Two servers that share a Redis, which is killed, hangs and comes back under load. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { dirname, join } from 'node:path'
import { newId } from '#core/ids'
import { type Answer, ask, sumUp, tell } from '../support/chaos-client'
import { kitchen, orderOf, settleTown, type Town } from '../support/chaos-people'
import {
  type ChaosPostgres,
  type ChaosSql,
  chaosFolder,
  openSql,
  remove,
  startChaosPostgres,
} from '../support/chaos-postgres'
import { endServers, type Server, startServer, until } from '../support/chaos-server'
import { connectSocket, subscribe } from '../support/chaos-socket'
import { startTestRedis, type TestRedis } from '../support/redis-server'

let postgres: ChaosPostgres
let redis: TestRedis
let sql: ChaosSql
let town: Town
let a: Server
let b: Server

const tokenFile = join(chaosFolder('redis-token'), 'token')
const server = (environment: Record<string, string> = {}) =>
  startServer({
    databaseUrl: postgres.url,
    environment: { RATE_LIMITS: 'on', REPLICAS: '2', REDIS_TIMEOUT_MS: '1000', ...environment },
  })

beforeAll(async () => {
  ;[postgres, redis] = await Promise.all([startChaosPostgres('redis'), startTestRedis()])
  a = await server(redis.environment)
  await a.ready()
  sql = openSql(postgres.url)
  town = await settleTown(sql, { customers: 12, cooks: 2, couriers: 4 })
  // It knows the zone from the start, the other one does not.
  b = await server(redis.environment)
  await b.ready()
})

afterAll(async () => {
  await endServers()
  await sql?.end({ timeout: 1 })
  await Promise.all([redis?.stop(), postgres?.stop()])
  remove(dirname(tokenFile))
})

const health = async ({ base }: Server, path = '/health') => {
  const { status, body } = await ask(base, 'GET', path)
  return { httpStatus: status, status: body.status, redis: body.stores?.redis }
}
const metric = async ({ base }: Server, name: string) => {
  const { body } = await ask(base, 'GET', '/metrics')
  return Number(new RegExp(`^ridendine_${name} (\\S+)$`, 'm').exec(String(body))?.[1])
}
const redisUp = (which: Server) => metric(which, 'redis_up{kind="redis-rest"}')
const bothSay = (status: string) => async () =>
  (await Promise.all([health(a), health(b)])).every((one) => one.status === status)

const place = ({ base }: Server, customer: number) =>
  ask(base, 'POST', '/orders', { token: town.customers[customer]!.token, body: orderOf(town.cooks[0]!, 1) })
const statuses = async (asked: Promise<Answer>[]) => (await Promise.all(asked)).map(({ status }) => status)
const times = <T>(count: number, make: () => T) => Array.from({ length: count }, make)

let moved = 0
const move = ({ base }: Server, courier: number) => {
  moved++
  const body = { lat: kitchen.lat + moved / 1e5, lng: kitchen.lng }
  return ask(base, 'POST', '/drivers/location', { token: town.couriers[courier]!.token, body })
}

test('a server says what it uses, and how it is', async () => {
  expect(a.output()).toContain('"redis":"redis-rest"')
  expect(await health(a)).toEqual({
    httpStatus: 200,
    status: 'ok',
    redis: { status: 'up', kind: 'redis-rest', latencyMs: expect.any(Number) },
  })
  expect(await redisUp(a)).toBe(1)
})

test('one of several replicas does not start without a Redis', async () => {
  const alone = await server()
  expect(await alone.exited()).toBe(1)
  expect(alone.output()).toContain('REPLICAS: more than one need a Redis')
})

test('limits are one for both: the twenty-first order within a minute is refused, whoever is asked', async () => {
  expect(await statuses(times(10, () => place(a, 0)))).toEqual(times(10, () => 201))
  expect(await statuses(times(10, () => place(b, 0)))).toEqual(times(10, () => 201))
  const refused = await place(b, 0)
  expect([refused.status, refused.body.type]).toEqual([429, '/problems/too-many-requests'])
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  expect((await place(a, 0)).status).toBe(429)
  expect((await place(b, 1)).status).toBe(201)
})

/** How long until a fix that one is told of reaches a socket at the other, in milliseconds. */
const crossing = async (from: Server, to: Server, courier: number) => {
  const socket = await subscribe(to.base, town.admin.token, `driver:${town.couriers[courier]!.driverId}`)
  const { body } = await move(from, courier)
  const arrived = () =>
    socket.frames.some(
      (frame) => frame.type === 'position' && 'recordedAt' in frame && frame.recordedAt === body.recordedAt,
    )
  const tookMs = await until('the fix arrives', arrived, 5)
  socket.close()
  return tookMs
}

test('a fix at one reaches a socket at the other within a second, and whoever asks there', async () => {
  // A zone that is new to Redis is first looked for a second later.
  await crossing(a, b, 3)
  await crossing(b, a, 3)
  const tookMs = [await crossing(a, b, 0), await crossing(b, a, 0), await crossing(a, b, 1)]
  tell('a fix from one server to the other', { tookMs: tookMs.map(Math.round) })
  expect(Math.max(...tookMs)).toBeLessThan(1_000)
  expect(Number(await redis.ask('XLEN', `ridendine:positions:in:${town.zoneId}`))).toBeGreaterThan(0)
  const { body } = await ask(b.base, 'GET', '/drivers/profile', { token: town.couriers[1]!.token })
  expect(body.position.lat).toBeCloseTo(kitchen.lat + moved / 1e5, 6)
})

const dish = async ({ base }: Server) => {
  const { body } = await ask(base, 'GET', `/chefs/${town.cooks[0]!.chefId}/menu`)
  return body.menus[0]
}
const rename = async ({ base }: Server, name: string) => {
  const { id, items } = await dish(a)
  const path = `/chefs/${town.cooks[0]!.chefId}/menus/${id}/items/${items[0].id}`
  expect((await ask(base, 'PATCH', path, { token: town.cooks[0]!.token, body: { name } })).status).toBe(200)
}
const isNamed = (which: Server, name: string) => async () => (await dish(which)).items[0].name === name

test('a menu that one has read the other takes from Redis; a change at one is seen at both', async () => {
  await dish(a)
  await until(
    'b takes it from Redis',
    async () => {
      await dish(b)
      return (await metric(b, 'cache_lookups_total{cache="menus-1",outcome="shared"}')) >= 1
    },
    15,
  )
  await rename(b, 'Massaman')
  expect((await dish(b)).items[0].name).toBe('Massaman')
  await until('a sees it', isNamed(a, 'Massaman'), 2)
})

/** Everything that touches Redis, again and again at both, until it is told to stop. */
const startLoad = () => {
  const answers: Answer[] = []
  let running = true
  const loop = async (which: Server, index: number) => {
    for (let round = 0; running; round++) {
      answers.push(await move(which, index % 4))
      answers.push(await ask(which.base, 'GET', `/chefs/${town.cooks[0]!.chefId}/menu`))
      if (round % 20 === 0) answers.push(await place(which, 2 + index))
      await Bun.sleep(20)
    }
  }
  const loops = [a, b].flatMap((which, server) => [0, 1].map((one) => loop(which, server * 2 + one)))
  return {
    stop: async () => {
      running = false
      await Promise.all(loops)
      return answers
    },
  }
}

test('Redis is killed under load: requests go on, the servers stay ready and say so, and all heals by itself', async () => {
  const load = startLoad()
  await Bun.sleep(300)
  await redis.kill()
  const noticedMs = await until('both know', bothSay('degraded'), 5)
  expect(await health(a)).toEqual({
    httpStatus: 200,
    status: 'degraded',
    redis: { status: 'down', kind: 'redis-rest', latencyMs: null },
  })
  expect((await health(b, '/health/ready')).httpStatus).toBe(200)
  expect(await redisUp(b)).toBe(0)

  // Each counts for itself now.
  expect(await statuses(times(20, () => place(a, 8)))).toEqual(times(20, () => 201))
  expect((await place(a, 8)).status).toBe(429)
  expect((await place(b, 8)).status).toBe(201)
  // Caches are passed by: a change is seen as before.
  await rename(a, 'Larb')
  await until('b sees it', isNamed(b, 'Larb'), 2)

  await redis.restart()
  const healedMs = await until('both are well', bothSay('ok'), 5)
  expect(await redisUp(a)).toBe(1)
  const answers = await load.stop()
  const figures = sumUp(answers)
  tell('Redis killed and restarted under load', { noticedMs, healedMs, ...figures })
  expect(Object.keys(figures.byStatus).sort()).toEqual(['200', '201'])
  expect(figures.count).toBeGreaterThan(50)
  expect(figures.longestMs).toBeLessThan(3_000)
})

test('and then they share everything again', async () => {
  expect(await crossing(a, b, 2)).toBeLessThan(1_000)
  expect(await statuses([...times(10, () => place(a, 9)), ...times(10, () => place(b, 9))])).toEqual(
    times(20, () => 201),
  )
  expect((await place(b, 9)).status).toBe(429)
  await rename(a, 'Nam tok')
  await until('b sees it', isNamed(b, 'Nam tok'), 2)
})

test('a Redis that hangs holds up few requests, and none for long', async () => {
  const load = startLoad()
  redis.freeze()
  await until('both know', bothSay('degraded'), 5)
  await Bun.sleep(1_000)
  redis.thaw()
  await until('both are well', bothSay('ok'), 5)
  const figures = sumUp(await load.stop())
  tell('Redis frozen and thawed under load', figures)
  expect(Object.keys(figures.byStatus).filter((status) => !['200', '201', '429'].includes(status))).toEqual([])
  expect(figures.longestMs).toBeLessThan(3_000)
})

test('a server that starts while Redis is away works, joins when it comes, and follows a new token', async () => {
  await redis.kill()
  await Bun.write(tokenFile, redis.gateway.token)
  const c = await server({
    UPSTASH_REDIS_REST_URL: redis.gateway.url,
    UPSTASH_REDIS_REST_TOKEN_FILE: tokenFile,
    SECRETS_REREAD_MS: '200',
  })
  await c.ready()
  expect((await health(c)).status).toBe('degraded')
  const socket = await connectSocket(c.base, town.admin.token)
  socket.close()
  expect((await move(c, 3)).status).toBe(200)
  await redis.restart()
  await until('it is well', async () => (await health(c)).status === 'ok', 5)
  expect(await crossing(a, c, 3)).toBeLessThan(1_500)

  const [old, next] = [redis.gateway.token, newId()]
  redis.gateway.setToken(next)
  await until('the old one is refused', async () => (await health(c)).status === 'degraded', 5)
  await Bun.write(tokenFile, next)
  await until('it is well again', async () => (await health(c)).status === 'ok', 5)
  expect(c.output()).toContain('the token is refused')
  for (const token of [old, next]) expect(c.output()).not.toContain(token)
  redis.gateway.setToken(old)
})

test('the token is in no log', () => {
  for (const { output } of [a, b]) {
    expect(output()).toContain('redis is away')
    expect(output()).toContain('redis is back')
    expect(output()).not.toContain(redis.gateway.token)
  }
})
