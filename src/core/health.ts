import { Elysia } from 'elysia'
import { z } from 'zod'
import { database } from '#core/database'
import { metricsText } from '#core/metrics'
import { Problem, problems } from '#core/problem'
import { redisHealth } from '#core/redis'

let draining = false
let started = false
const startedMs = performance.now()

/** From now on /health/ready says no, so that no new requests are sent here. */
export const startDraining = () => {
  draining = true
}

export const isDraining = () => draining

/** The modules run: requests may come. */
export const markStarted = () => {
  started = true
}

const StoreHealth = z.object({ status: z.enum(['up', 'down']), kind: z.string(), latencyMs: z.number().nullable() })

const Health = z
  .object({
    status: z.enum(['ok', 'starting', 'degraded', 'draining']),
    uptimeSeconds: z.int(),
    stores: z.object({ database: StoreHealth, redis: StoreHealth }),
  })
  .meta({
    examples: [
      {
        status: 'ok',
        uptimeSeconds: 61,
        stores: {
          database: { status: 'up', kind: 'postgres', latencyMs: 0.4 },
          redis: { status: 'up', kind: 'in-memory', latencyMs: 0 },
        },
      },
    ],
  })

const statusNow = () => {
  if (draining) return 'draining'
  if (database.isAway) return 'degraded'
  if (!started) return 'starting'
  return redisHealth().status === 'down' ? 'degraded' : 'ok'
}

/** Without Redis requests go on, if with less; without the database they do not. */
const isReady = () => started && !draining && !database.isAway

const health = (): z.output<typeof Health> => {
  const latencyMs = database.latencyMs
  return {
    status: statusNow(),
    uptimeSeconds: Math.floor((performance.now() - startedMs) / 1000),
    stores: {
      database: {
        status: database.isAway ? 'down' : 'up',
        kind: 'postgres',
        latencyMs: latencyMs === undefined ? null : Math.round(latencyMs * 100) / 100,
      },
      redis: redisHealth(),
    },
  }
}

/** Stores are pinged once a second, so that an answer a little older says the same. */
const TEXT_KEPT_MS = 100

let text = ''
let textMadeMs = Number.NEGATIVE_INFINITY

/** What GET /health says, at a time by performance.now(). */
export const healthText = (nowMs: number): string => {
  if (nowMs - textMadeMs > TEXT_KEPT_MS) {
    text = JSON.stringify(health())
    textMadeMs = nowMs
  }
  return text
}

const Live = z.object({ status: z.literal('ok') }).meta({ examples: [{ status: 'ok' }] })

/** What machines ask of the process. Stores are pinged in the background, so that asking costs nothing. */
export const healthRoutes = new Elysia({ tags: ['operations'] })
  .get('/health', health, {
    response: { 200: Health, ...problems() },
    detail: { summary: 'How the process and its stores are' },
  })
  .get('/health/live', () => ({ status: 'ok' as const }), {
    response: { 200: Live, ...problems() },
    detail: { summary: 'Whether the process runs at all' },
  })
  .get(
    '/health/ready',
    () => {
      const now = health()
      if (!isReady()) throw notReady(now)
      return now
    },
    {
      response: { 200: Health, ...problems(503) },
      detail: { summary: 'Whether to send requests here' },
    },
  )
  .get(
    '/metrics',
    async ({ request, set }) => {
      const { type, text } = await metricsText(request.headers.get('accept'))
      set.headers['content-type'] = type
      return text
    },
    {
      response: { 200: z.string().meta({ examples: ['# HELP process_cpu_seconds_total ...'] }), ...problems() },
      detail: { summary: 'Prometheus metrics' },
    },
  )

const notReady = ({ status, stores }: z.output<typeof Health>) =>
  new Problem(503, 'not-ready', REASONS[status], {
    stores,
    headers: { 'retry-after': '2' },
  })

const REASONS = {
  ok: '',
  starting: 'The process is still starting.',
  degraded: 'The database does not answer.',
  draining: 'The process is about to stop.',
}
