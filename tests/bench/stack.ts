/** One Postgres with the demo city in it, and the servers that are measured: each a process of its own on loopback. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { connect } from '#core/database'
import { startEmbeddedPostgres } from '#core/embedded-postgres'
import { migrate } from '#core/migrations'
import { newSigningKey } from '#core/tokens'
import { seedDemoCity } from '#demo/seed'
import { onCleanup } from './cleanup.ts'

export const POOL_MAX = 16
export const BARE_ROWS = 1_000
/** More than any run sells, and yet counted: an order pays for the portions that it takes. */
const PORTIONS_PER_DAY = 10_000
const BENCH_ROOT = join('.data', 'bench')
const READY_TIMEOUT_MS = 20_000
const READY_POLL_MS = 5
const STOP_TIMEOUT_MS = 15_000

export type Database = ReturnType<typeof connect>
export type Served = { url: string; pid: number; readyMs: number; stop(): Promise<void> }
export type Stack = {
  /** A folder of this run alone, removed at the end. */
  dir: string
  postgresPid: number
  sql: Database
  /** A new process of it, with other settings besides; all sign with the same key. */
  startServer(settings?: Record<string, string>, program?: readonly string[]): Promise<Served>
  startBare(mode: 'constant' | 'select'): Promise<Served>
}

export const startStack = async (): Promise<Stack> => {
  removeAbandoned()
  const dir = resolve(BENCH_ROOT, String(process.pid))
  mkdirSync(dir, { recursive: true })
  onCleanup(() => rmSync(dir, { recursive: true, force: true }))
  const dataDir = join(dir, 'postgres')
  // Durable, as in production: an order must pay for its fsync.
  const postgres = await startEmbeddedPostgres({ dataDir, durable: true })
  onCleanup(() => postgres.stop())
  const sql = connect({ url: postgres.url, poolMax: 2, statementTimeoutMs: 60_000, lockTimeoutMs: 10_000 })
  onCleanup(() => sql.end({ timeout: 5 }))
  await migrate(postgres.url)
  await fill(sql)
  const keys = JSON.stringify({ keys: [newSigningKey(new Date())] })
  return {
    dir,
    postgresPid: Number.parseInt(readFileSync(join(dataDir, 'postmaster.pid'), 'utf8'), 10),
    sql,
    startServer: (settings = {}, program = ['src/main.ts']) => startServer(dir, postgres.url, keys, settings, program),
    startBare: (mode) => startBare(dir, mode, postgres.url),
  }
}

/** A run that was killed outright could not tidy up; its processes went with it, its folder did not. */
const removeAbandoned = () => {
  for (const name of existsSync(BENCH_ROOT) ? readdirSync(BENCH_ROOT) : []) {
    if (!existsSync(`/proc/${name}`)) rmSync(join(BENCH_ROOT, name), { recursive: true, force: true })
  }
}

const fill = async (sql: Database) => {
  await seedDemoCity(sql as never, new Date())
  await sql`update menu_items set portions_per_day = ${PORTIONS_PER_DAY} where portions_per_day is not null`
  await sql`create table bench_rows (id integer primary key, name text not null, price_cents bigint not null)`
  await sql`insert into bench_rows select id, 'dish ' || id, 100 + id from generate_series(1, ${BARE_ROWS}::integer) as id`
}

/** Production settings. Rate limits are off: one address plays all customers. The log is on, at its default level. */
const startServer = (
  dir: string,
  databaseUrl: string,
  keys: string,
  more: Record<string, string>,
  program: readonly string[],
) => {
  const settings = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    DATABASE_URL: databaseUrl,
    DATABASE_POOL_MAX: String(POOL_MAX),
    JWT_KEYS: keys,
    RATE_LIMITS: 'off',
    ...more,
  }
  return serve(dir, 'server', program, '/health/ready', settings)
}

const startBare = (dir: string, mode: 'constant' | 'select', databaseUrl: string) =>
  serve(dir, mode, ['tests/bench/bare-server.ts', mode, 'PORT', databaseUrl, String(POOL_MAX)], '/1', {
    NODE_ENV: 'production',
  })

/** Starts a process of ours and waits for its first good answer. Nothing of the caller's environment reaches it. */
const serve = async (
  dir: string,
  name: string,
  [script, ...args]: readonly string[],
  readyPath: string,
  settings: Record<string, string>,
): Promise<Served> => {
  const port = String(await freePort())
  const url = `http://127.0.0.1:${port}`
  const logFile = join(dir, `${name}-${port}.log`)
  const startedMs = performance.now()
  const child = Bun.spawn(
    [process.execPath, '--no-env-file', '--no-orphans', script!, ...args.map((arg) => (arg === 'PORT' ? port : arg))],
    {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, PORT: port, ...settings },
      stdin: 'ignore',
      // Straight into a file, as under systemd or a container engine: the process pays for writing its log.
      stdout: Bun.file(logFile),
      stderr: Bun.file(`${logFile}.err`),
    },
  )
  const stop = async () => {
    child.kill('SIGTERM')
    await Promise.race([child.exited, Bun.sleep(STOP_TIMEOUT_MS)])
    child.kill('SIGKILL')
    await child.exited
    rmSync(logFile, { force: true })
  }
  onCleanup(stop)
  while (!(await answersWell(url + readyPath))) {
    const isLate = performance.now() - startedMs > READY_TIMEOUT_MS
    if (isLate || child.exitCode !== null) {
      const output = readFileSync(`${logFile}.err`, 'utf8') + readFileSync(logFile, 'utf8').slice(-2_000)
      throw new Error(`${name} did not become ready:\n${output}`)
    }
    await Bun.sleep(READY_POLL_MS)
  }
  return { url, pid: child.pid, readyMs: performance.now() - startedMs, stop }
}

const answersWell = (url: string) =>
  fetch(url, { signal: AbortSignal.timeout(READY_TIMEOUT_MS) }).then(
    async (answer) => {
      await answer.arrayBuffer()
      return answer.status === 200
    },
    () => false,
  )

const freePort = () =>
  new Promise<number>((accept, refuse) => {
    const probe = createServer()
    probe.once('error', refuse)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => accept(port))
    })
  })
