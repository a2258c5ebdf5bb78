import { Redis } from '@upstash/redis'
import { log } from '#core/log'
import { counter, gauge, histogram } from '#core/metrics'

/** Commands that go to Redis in one request. */
export type RedisCommands = ReturnType<Redis['pipeline']>

export type RedisOptions = { url: string; token: string; timeoutMs: number }

export type RedisClient = {
  /** One request, the commands one after the other; others' may come between them. */
  pipeline(queue: (commands: RedisCommands) => unknown): Promise<unknown[]>
  /** One request, all or nothing, nobody's commands between (MULTI and EXEC). */
  transaction(queue: (commands: RedisCommands) => unknown): Promise<unknown[]>
  readonly isAway: boolean
  /** How long the last ping took; undefined while away. */
  readonly latencyMs: number | undefined
  /** Calls back each time Redis is found to be there again. */
  onBack(listener: () => void): () => void
  /** Done when it is known whether Redis is there. */
  ping(): Promise<void>
  /** From now on with another token. */
  useToken(token: string): void
  close(): void
}

/** Redis did not answer in time, or not as it should. Says nothing of what was asked. */
export class RedisAway extends Error {
  constructor() {
    super('Redis does not answer')
  }
}

const PING_EVERY_MS = 1_000
/** Sooner while it is away, so that it heals at once. */
const PING_AWAY_MS = 500
const PING_KEY = 'ridendine:ping'
const PING_KEPT_SECONDS = 60
const SECONDS_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.3]

const calls = counter('redis_requests_total', 'Requests to Redis', ['outcome'])
const seconds = histogram('redis_request_duration_seconds', 'Time of one request to Redis', [], SECONDS_BUCKETS)

/**
 * Redis over HTTP. Each request has a deadline and is tried once. After the first that fails Redis counts as away: every
 * other one fails at once, until a ping in the background is answered.
 */
export const connectRedis = (options: RedisOptions): RedisClient => {
  let redis = libraryClient(options)
  const backListeners = new Set<() => void>()
  let away = false
  let closed = false
  let latencyMs: number | undefined
  let timer: ReturnType<typeof setTimeout> | undefined

  const send = async (commands: RedisCommands): Promise<unknown[]> => {
    const startedMs = performance.now()
    try {
      const results = await commands.exec<unknown[]>()
      seconds.observe((performance.now() - startedMs) / 1000)
      calls.inc({ outcome: 'ok' })
      return results
    } catch (error) {
      calls.inc({ outcome: 'failed' })
      if (!away && !closed) log.error({ store: 'redis', reason: reasonOf(error) }, 'redis is away')
      away = true
      throw new RedisAway()
    }
  }

  const call = (commands: RedisCommands, queue: (commands: RedisCommands) => unknown) => {
    if (away || closed) {
      calls.inc({ outcome: 'not_tried' })
      throw new RedisAway()
    }
    queue(commands)
    return send(commands)
  }

  /** Writes, since a Redis that can only be read is of no use to us. */
  const ping = async () => {
    const startedMs = performance.now()
    try {
      await send(redis.pipeline().set(PING_KEY, 1, { ex: PING_KEPT_SECONDS }))
    } catch {
      // Noted and logged by send: while it is away this is what is expected.
      return
    }
    latencyMs = performance.now() - startedMs
    if (!away || closed) return
    away = false
    log.info({ store: 'redis' }, 'redis is back')
    for (const listener of backListeners) listener()
  }

  const schedule = () => {
    timer = setTimeout(
      async () => {
        await ping()
        if (!closed) schedule()
      },
      away ? PING_AWAY_MS : PING_EVERY_MS,
    )
    timer.unref?.()
  }
  schedule()

  return {
    pipeline: async (queue) => call(redis.pipeline(), queue),
    transaction: async (queue) => call(redis.multi(), queue),
    get isAway() {
      return away
    },
    get latencyMs() {
      return away ? undefined : latencyMs
    },
    onBack: (listener) => {
      backListeners.add(listener)
      return () => backListeners.delete(listener)
    },
    ping,
    useToken: (token) => {
      redis = libraryClient({ ...options, token })
    },
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}

const libraryClient = ({ url, token, timeoutMs }: RedisOptions) =>
  new Redis({
    url,
    token,
    signal: () => AbortSignal.timeout(timeoutMs),
    retry: { retries: 0 },
    // All that we store is valid text, so it needs no wrapping; and we know ourselves what is JSON.
    responseEncoding: false,
    automaticDeserialization: false,
    readYourWrites: false,
    enableTelemetry: false,
    enableAutoPipelining: false,
  })

/** The library's messages repeat the command, with keys and values; only what kind of failure it was goes to the log. */
const reasonOf = (error: unknown): string => {
  const { name, message, code } = error as { name: string; message: string; code?: unknown }
  if (name === 'TimeoutError') return 'timeout'
  if (typeof code === 'string') return code
  if (/unauthorized|invalid token|wrongpass/i.test(message)) return 'the token is refused'
  // Redis begins its errors with their kind: OOM, READONLY, WRONGTYPE.
  return /(?:^|failed: )([A-Z]{3,})\b/.exec(message)?.[1] ?? name
}

let current: RedisClient | undefined

/** The Redis that this process shares with its replicas; undefined where everything is kept in memory. */
export const sharedRedis = (): RedisClient | undefined => current

export const setSharedRedis = (client: RedisClient | undefined) => {
  current = client
}

export type RedisKind = 'redis-rest' | 'in-memory'

export const redisHealth = (): { status: 'up' | 'down'; kind: RedisKind; latencyMs: number | null } => {
  if (!current) return { status: 'up', kind: 'in-memory', latencyMs: 0 }
  const { isAway, latencyMs } = current
  return {
    status: isAway ? 'down' : 'up',
    kind: 'redis-rest',
    latencyMs: latencyMs === undefined ? null : Math.round(latencyMs * 100) / 100,
  }
}

gauge('redis_up', 'Whether the last request to Redis was answered', ['kind'], (self) => {
  self.reset()
  const { kind, status } = redisHealth()
  self.set({ kind }, status === 'up' ? 1 : 0)
})
