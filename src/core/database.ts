import postgres from 'postgres'
import { followClock, leaveClock } from '#core/clock'
import { measuredTransaction } from '#core/database-load'
import { log } from '#core/log'
import { Problem, storeAway } from '#core/problem'
import { inSpan } from '#core/tracing'
import { survivingBegin } from '#core/transaction'

/** A connection pool or a transaction: what a query function takes. */
// biome-ignore lint/complexity/noBannedTypes: the driver's own type for "no custom types"
export type Sql = postgres.ISql<{}>
// biome-ignore lint/complexity/noBannedTypes: the driver's own type for "no custom types"
export type Tx = postgres.TransactionSql<{}>
// biome-ignore lint/complexity/noBannedTypes: the driver's own type for "no custom types"
type Pool = postgres.Sql<{}>

export type DatabaseOptions = {
  url: string
  poolMax: number
  statementTimeoutMs: number
  lockTimeoutMs: number
  applicationName?: string
}

const CONNECT_TIMEOUT_SECONDS = 2
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000
const RECONNECT_DELAY_SECONDS_MAX = 1
const PING_EVERY_MS = 1_000
const PING_TIMEOUT_MS = 1_500
const CLOSE_TIMEOUT_SECONDS = 5
const LEAVE_TIMEOUT_SECONDS = 1

let options: DatabaseOptions | undefined
let pool: Pool | undefined
let listener: Pool | undefined
let watcher: Pool | undefined
let pinger: ReturnType<typeof setTimeout> | undefined
let away = false
let hurt = false
let latencyMs: number | undefined

/**
 * The connection to Postgres. While it is away every use fails at once with a 503 problem; a ping finds out when it is
 * back. Inside begin() use only the transaction: asking the pool as well can wait for itself for ever.
 */
export const database = {
  get sql(): Pool {
    if (!pool || away) throw storeAway('database')
    return pool
  },
  begin: async <T>(run: (tx: Tx) => Promise<T>): Promise<T> => {
    const result = (await database.sql.begin(run)) as T
    committed()
    return result
  },
  get isAway() {
    return away || !pool
  },
  /** How long the last ping took; undefined while away. */
  get latencyMs() {
    return away ? undefined : latencyMs
  },
}

const TRANSACTION_SPAN = { kind: 'client', attributes: { 'db.system.name': 'postgresql' } } as const

const commitListeners = new Set<() => void>()

/** Calls back after each transaction that this process has committed. */
export const onCommit = (listener: () => void) => {
  commitListeners.add(listener)
  return () => commitListeners.delete(listener)
}

/** For a statement that is a transaction by itself; begin() calls it. */
export const committed = () => {
  for (const listener of commitListeners) listener()
}

export const openDatabase = async (next: DatabaseOptions) => {
  options = next
  pool = connectPool(next)
  watcher = connectWatcher(next)
  away = false
  await ping()
  schedulePing()
}

export const closeDatabase = async () => {
  clearTimeout(pinger)
  const closing = [pool, listener, watcher].filter((one) => one !== undefined)
  pool = undefined
  listener = undefined
  watcher = undefined
  heard.length = 0
  leaveClock()
  await Promise.all(closing.map((one) => one.end({ timeout: CLOSE_TIMEOUT_SECONDS })))
}

type Heard = { channel: string; onNotify: (payload?: string) => void }

const heard: Heard[] = []

/** Calls back at each NOTIFY on a channel, and at each (re)connection, since one may have been missed meanwhile. */
export const listen = async (channel: string, onNotify: (payload?: string) => void) => {
  listener ??= connect({ ...options!, poolMax: 1 })
  heard.push({ channel, onNotify })
  await hear(listener, { channel, onNotify })
}

const hear = (by: Pool, { channel, onNotify }: Heard) => by.listen(channel, onNotify, () => onNotify())

/** Longer than any request may go on with the pool that it has in hand. */
const LEFT_POOL_MS = 15_000

/**
 * Goes on with another URL: a new role or password. No request fails for it: those under way end on the connections they
 * have. Throws, and stays with the one before, when the new one does not answer.
 */
export const moveDatabase = async (url: string) => {
  if (!options || !pool) throw new Error('the database is not open')
  const next = { ...options, url }
  const probe = connect({ ...next, poolMax: 1 })
  try {
    await probe`select 1`
  } finally {
    void probe.end({ timeout: 1 }).catch(() => {})
  }
  const nextListener = listener && (await listeningAt(next))
  const left = [pool, watcher, listener]
  options = next
  pool = connectPool(next)
  watcher = connectWatcher(next)
  listener = nextListener
  const timer = setTimeout(() => {
    for (const one of left) void one?.end({ timeout: CLOSE_TIMEOUT_SECONDS }).catch(() => {})
  }, LEFT_POOL_MS)
  timer.unref?.()
}

/** A listener that hears all that is listened for. Throws, and leaves nothing open, when it cannot. */
const listeningAt = async (next: DatabaseOptions): Promise<Pool> => {
  const made = connect({ ...next, poolMax: 1 })
  try {
    await Promise.all(heard.map((one) => hear(made, one)))
    return made
  } catch (error) {
    void made.end({ timeout: 0 }).catch(() => {})
    throw error
  }
}

/** `onClose` is called for each connection that was lost, or could not be made. */
export const connect = (
  { url, poolMax, statementTimeoutMs, lockTimeoutMs, applicationName }: DatabaseOptions,
  onClose?: () => void,
): Pool => {
  const made = postgres(url, {
    max: poolMax,
    max_lifetime: null,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    backoff: (attempt) => Math.min(0.1 * 2 ** attempt, RECONNECT_DELAY_SECONDS_MAX),
    connection: {
      application_name: applicationName ?? 'ridendine',
      statement_timeout: statementTimeoutMs,
      lock_timeout: lockTimeoutMs,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      TimeZone: 'UTC',
    },
    transform: { column: { from: postgres.toCamel } },
    types: { bigint: safeBigint, date: isoInstant },
    onnotice: () => {},
    ...(onClose ? { onclose: onClose } : {}),
  }) as unknown as Pool
  const begin = survivingBegin(made.begin)
  const seen = (...args: Parameters<typeof begin>) =>
    measuredTransaction(() => inSpan('transaction', TRANSACTION_SPAN, () => begin(...args)))
  return Object.assign(made, { begin: seen as Pool['begin'] })
}

/**
 * A connection that is lost may leave the driver with bytes that it was about to write, and then cannot be made anew for
 * some time (see porsager/postgres#1215): the next ping that is answered puts a fresh pool in the place of this one.
 */
const connectPool = (of: DatabaseOptions): Pool => {
  const made = connect(of, () => {
    if (pool === made) hurt = true
  })
  return made
}

/** What the old pool is at may take `timeoutSeconds` to end; then it fails. */
const replacePool = (timeoutSeconds: number) => {
  void pool?.end({ timeout: timeoutSeconds }).catch(() => {})
  pool = connectPool(options!)
  hurt = false
}

/** Pings have a connection of their own: in the pool they would wait behind statements that wait for a lock. */
const connectWatcher = (of: DatabaseOptions) => connect({ ...of, poolMax: 1 })

// The driver hands bigint over as text; adding to that would concatenate.
const safeBigint = {
  to: 20,
  from: [20],
  serialize: (value: number | bigint) => String(value),
  parse: (text: string) => {
    const value = Number(text)
    if (!Number.isSafeInteger(value)) throw new RangeError(`bigint ${text} is past what a number holds exactly`)
    return value
  },
}

const DATE_LENGTH = 'YYYY-MM-DD'.length

// Instants travel as ISO 8601 text from the row to the JSON; a plain date stays a plain date.
const isoInstant = {
  to: 1184,
  from: [1082, 1114, 1184],
  serialize: (value: Date | string) => (value instanceof Date ? value.toISOString() : value),
  parse: (text: string) => (text.length === DATE_LENGTH ? text : new Date(text).toISOString()),
}

const schedulePing = () => {
  pinger = setTimeout(async () => {
    await ping()
    if (pool) schedulePing()
  }, PING_EVERY_MS)
  pinger.unref?.()
}

const ping = async () => {
  const asked = watcher
  if (!asked || !pool || !options) return
  const startedMs = performance.now()
  const toldMs = await Promise.race([
    asked<{ ms: number }[]>`select extract(epoch from clock_timestamp())::float8 * 1000 as ms`.then(
      ([row]) => row!.ms,
      () => undefined,
    ),
    Bun.sleep(PING_TIMEOUT_MS),
  ])
  if (asked !== watcher) return
  if (toldMs !== undefined) {
    latencyMs = performance.now() - startedMs
    followClock(toldMs, latencyMs)
    if (away) log.info({ store: 'database' }, 'database is back')
    away = false
    if (hurt) replacePool(LEAVE_TIMEOUT_SECONDS)
    return
  }
  if (!away) log.error({ store: 'database' }, 'database is away')
  away = true
  // A server that hangs would hold its callers: end their connections, so that they fail now, and start afresh.
  replacePool(0)
  void asked.end({ timeout: 0 }).catch(() => {})
  watcher = connectWatcher(options)
}

const CONNECTION_CODES = new Set([
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ETIMEDOUT',
  '57P01',
  '57P02',
  '57P03',
  '53300',
  '08000',
  '08003',
  '08006',
  '25006',
  '53100',
  '53200',
])
const BUSY_CODES = new Set(['40001', '40P01', '55P03', '57014'])
const UNSTORABLE_TEXT_CODES = new Set(['22021', '22P05'])

/** What a failed statement means to the client; undefined where it is our own fault. */
export const problemOfDatabaseError = (error: unknown): Problem | undefined => {
  const code = errorCode(error)
  if (code === undefined) return undefined
  if (CONNECTION_CODES.has(code)) return storeAway('database')
  if (BUSY_CODES.has(code)) {
    return new Problem(503, 'busy', 'Too many are changing the same thing at once. Try again shortly.', {
      headers: { 'retry-after': '1' },
    })
  }
  if (UNSTORABLE_TEXT_CODES.has(code))
    return new Problem(422, 'invalid-request', 'A text holds a character that cannot be stored.')
  return undefined
}

export const errorCode = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** The name of the constraint that a write broke (SQLSTATE class 23), if that is what happened. */
export const brokenConstraint = (error: unknown): string | undefined =>
  errorCode(error)?.startsWith('23') ? (error as { constraint_name?: string }).constraint_name : undefined

/** Runs in a transaction: the one that is handed in, or a new one of the pool. */
export const inTransaction = async <T>(sql: Sql, run: (tx: Sql) => Promise<T>): Promise<T> => {
  if (!('begin' in sql)) return run(sql)
  const result = (await (sql as Pool).begin(run)) as T
  committed()
  return result
}
