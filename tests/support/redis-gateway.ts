/**
 * A gateway that speaks Upstash's REST protocol before a plain Redis, for tests: what serverless-redis-http does in
 * docker-compose and Kubernetes. It knows `/`, `/pipeline` and `/multi-exec`, a bearer token, base64 answers if asked
 * for, and answers errors as that one does. Like there the commands of a pipeline run one after the other, each on
 * whichever connection is free (so nothing is atomic by being in one pipeline), and a transaction has one for itself.
 */
import { RedisClient } from 'bun'

export type GatewayOptions = { redisUrl: string; token: string; port?: number }

type Command = readonly (string | number | boolean)[]
type Outcome = { result: unknown } | { error: string }

const connectionsMax = 3
const connectTimeoutMs = 1_000

/** Something that the caller is told with a status of its own. */
class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

/** Starts it on a free port of the loopback address, or on the one given. */
export const startRedisGateway = ({ redisUrl, token: firstToken, port = 0 }: GatewayOptions) => {
  let token = firstToken
  const pool = connectionPool(redisUrl)
  const counts = { requests: 0, commands: 0 }

  const run: Record<string, (body: unknown) => Promise<unknown>> = {
    '/': async (body) => {
      const outcome = await pool.use((client) => send(client, commandOf(body)))
      if ('error' in outcome) throw new Refusal(400, outcome.error)
      return outcome
    },
    '/pipeline': async (body) => {
      const outcomes: Outcome[] = []
      for (const command of commandsOf(body)) outcomes.push(await pool.use((client) => send(client, command)))
      return outcomes
    },
    '/multi-exec': (body) => pool.use((client) => transaction(client, commandsOf(body))),
  }

  const answer = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url)
    if (request.method === 'GET' && pathname === '/') return Response.json('Welcome to Serverless Redis HTTP!')
    const handle = request.method === 'POST' ? run[pathname] : undefined
    if (!handle) throw new Refusal(404, 'SRH: Endpoint not found. SRH might not support this feature yet.')
    checkToken(request, token)
    const body = await request.json().catch(() => undefined)
    counts.requests++
    counts.commands += pathname === '/' ? 1 : commandsOf(body).length
    const outcome = await handle(body)
    return Response.json(request.headers.get('upstash-encoding') === 'base64' ? encoded(outcome) : outcome)
  }

  const server = Bun.serve({
    hostname: '127.0.0.1',
    port,
    fetch: (request) =>
      answer(request).catch((error) =>
        error instanceof Refusal
          ? Response.json({ error: error.message }, { status: error.status })
          : Response.json({ error: 'Unable to connect to the Redis server' }, { status: 500 }),
      ),
  })

  return {
    url: `http://127.0.0.1:${server.port}`,
    get token() {
      return token
    },
    /** From now on it wants this one, and no other. */
    setToken: (next: string) => {
      token = next
    },
    port: server.port!,
    /** How many requests and commands have come so far. */
    counts,
    stop: async () => {
      await server.stop(true)
      pool.close()
    },
  }
}

export type RedisGateway = Awaited<ReturnType<typeof startRedisGateway>>

const checkToken = (request: Request, token: string) => {
  const given = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
  if (given === undefined) throw new Refusal(400, 'Missing/Invalid authorization header')
  if (given !== token) throw new Refusal(401, 'Invalid token')
}

const commandOf = (body: unknown): Command => {
  if (!Array.isArray(body)) {
    throw new Refusal(400, 'Invalid command array. Expected a string array at root of the command and its arguments.')
  }
  return body
}

const commandsOf = (body: unknown): Command[] => {
  if (!Array.isArray(body) || !body.every((one) => Array.isArray(one))) {
    throw new Refusal(400, 'Invalid command array. Expected an array of string arrays at root.')
  }
  return body
}

/** What Redis itself says no to is an outcome; a connection that is lost is thrown. */
const send = async (client: RedisClient, [name, ...args]: Command): Promise<Outcome> => {
  try {
    return { result: await client.send(String(name), args.map(String)) }
  } catch (error) {
    if (isServerError(error)) return { error: (error as Error).message }
    throw error
  }
}

const isServerError = (error: unknown) => (error as { code?: string })?.code === 'ERR_REDIS_SERVER_ERROR'

const transaction = async (client: RedisClient, commands: Command[]): Promise<Outcome[]> => {
  await send(client, ['MULTI'])
  for (const command of commands) await send(client, command)
  const outcome = await send(client, ['EXEC'])
  if ('error' in outcome) throw new Refusal(400, outcome.error)
  return (outcome.result as unknown[]).map((one) => (one instanceof Error ? { error: one.message } : { result: one }))
}

/** Strings in base64; numbers, null and errors as they are. */
const encoded = (outcome: unknown): unknown => {
  if (Array.isArray(outcome)) return outcome.map(encoded)
  const { result } = outcome as { result: unknown }
  return result === undefined ? outcome : { result: encodedValue(result) }
}

const encodedValue = (value: unknown): unknown => {
  if (typeof value === 'string') return Buffer.from(value).toString('base64')
  return Array.isArray(value) ? value.map(encodedValue) : value
}

/** Connections that are used by one caller at a time; one that was lost is made anew by whoever needs it next. */
const connectionPool = (url: string) => {
  const idle: (RedisClient | undefined)[] = Array(connectionsMax).fill(undefined)
  const waiting: ((client: RedisClient | undefined) => void)[] = []

  const giveBack = (client: RedisClient | undefined) => {
    const next = waiting.shift()
    if (next) next(client)
    else idle.push(client)
  }

  const borrow = (): RedisClient | undefined | Promise<RedisClient | undefined> =>
    idle.length > 0 ? idle.pop() : new Promise((resolve) => waiting.push(resolve))

  return {
    use: async <T>(run: (client: RedisClient) => Promise<T>): Promise<T> => {
      let client = await borrow()
      try {
        if (!client?.connected) client = await connect(url)
        return await run(client)
      } catch (error) {
        if (!(error instanceof Refusal)) {
          client?.close()
          client = undefined
        }
        throw error
      } finally {
        giveBack(client)
      }
    },
    close: () => {
      for (const client of idle) client?.close()
    },
  }
}

const connect = async (url: string) => {
  const client = new RedisClient(url, {
    autoReconnect: false,
    enableOfflineQueue: false,
    connectionTimeout: connectTimeoutMs,
  })
  await client.connect()
  // Replies in the shapes of the older protocol, as the gateway and Upstash hand them on.
  await client.send('HELLO', ['2'])
  return client
}
