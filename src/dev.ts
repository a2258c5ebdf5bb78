/** `bun dev`: everything on a fresh clone. Starts the stores, migrates, seeds the demo city, then runs src/main.ts. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { connect } from '#core/database'
import { assertWritable, EmbeddedPostgresError, startEmbeddedPostgres } from '#core/embedded-postgres'
import { MigrationError, migrate } from '#core/migrations'
import { newSigningKey } from '#core/tokens'
import { DemoRoadsError, demoRoads } from './demo/roads-file.ts'
import { DEMO_ADMIN, DEMO_PASSWORD, seedDemoCity } from './demo/seed.ts'

const DEFAULT_PORT = 9001

const run = async () => {
  if (process.env.NODE_ENV === 'production')
    fail('bun dev brings demo accounts with a known password: not with NODE_ENV=production. Use bun start.')
  const port = Number(process.env.PORT ?? DEFAULT_PORT)
  const host = process.env.HOST ?? '127.0.0.1'
  const dataDir = resolve(process.env.DATA_DIR ?? '.data')
  assertWritable(dataDir)
  await assertPortFree(port, host, dataDir)
  const roads = process.env.ROADS ? undefined : demoRoads(join(dataDir, 'roads'))
  // Awaited below; until then a failure of it is nobody's, and would end the process with a stack.
  roads?.catch(() => {})
  const store = process.env.DATABASE_URL
    ? undefined
    : await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), log: storeLog })
  const url = process.env.DATABASE_URL ?? store!.url
  const applied = await migrate(url)
  const seeded = await seed(url)
  const made = await roads
  await Bun.write(join(dataDir, 'dev.pid'), String(process.pid))

  const environment = {
    ...process.env,
    NODE_ENV: 'development',
    HOST: host,
    PORT: String(port),
    DATABASE_URL: url,
    DATA_DIR: dataDir,
    ROADS: made?.path ?? process.env.ROADS,
    // The demo's drivers live in a day that runs faster than ours.
    LIVE_SPEEDS: process.env.LIVE_SPEEDS ?? (process.env.DEMO === 'off' ? 'on' : 'off'),
    JWT_KEYS: process.env.JWT_KEYS ?? (await keptKeys(dataDir)),
    LOG_FORMAT: process.env.LOG_FORMAT ?? (process.stdout.isTTY ? 'pretty' : 'json'),
    PUBLIC_URL: process.env.PUBLIC_URL ?? `http://localhost:${port}`,
  }
  const server = Bun.spawn(
    [process.execPath, '--no-orphans', '--watch', '--no-clear-screen', join(import.meta.dir, 'main.ts')],
    {
      env: environment,
      stdio: ['ignore', 'inherit', 'inherit'],
    },
  )
  const base = `http://localhost:${port}`
  const children: Child[] = [server]
  stopTogether(children, async () => void (await store?.stop()))
  await waitUntilReady(`http://${host}:${port}/health/ready`, server)
  // It has said why, and takes everything else along.
  if (server.exitCode !== null) return
  const demo = process.env.DEMO === 'off' ? undefined : startDemo(base, environment)
  if (demo) children.push(demo)
  console.log(
    welcome({
      base,
      port,
      store: store ? 'embedded Postgres 18' : 'Postgres at DATABASE_URL',
      applied,
      seeded,
      roads: made
        ? `the streets of Göteborg${made.isNew ? ', made into a road file' : ''}`
        : `ROADS=${process.env.ROADS}`,
      demo: !!demo,
    }),
  )
}

const fail = (message: string): never => {
  console.error(`\n${message}\n`)
  process.exit(1)
}

const storeLog = (line: string) => {
  if (/FATAL|PANIC|ERROR|starting it again/.test(line)) console.error(`postgres: ${line}`)
}

const assertPortFree = async (port: number, host: string, dataDir: string) => {
  const free = await new Promise<boolean>((accept) => {
    const probe = createServer()
    probe.once('error', () => accept(false))
    probe.listen(port, host, () => probe.close(() => accept(true)))
  })
  if (free) return
  const pidFile = Bun.file(join(dataDir, 'dev.pid'))
  const pid = (await pidFile.exists()) ? (await pidFile.text()).trim() : ''
  const known = pid && existsSync(`/proc/${pid}`) ? ` RideNDine runs from this folder already, as process ${pid}.` : ''
  fail(`Port ${port} is taken.${known}\nStop what holds it, or choose another: PORT=${port + 100} npx -y bun dev`)
}

const seed = async (url: string) => {
  const sql = connect({ url, poolMax: 1, statementTimeoutMs: 60_000, lockTimeoutMs: 10_000 })
  try {
    return await seedDemoCity(sql, new Date())
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Kept between runs, so that a restart signs nobody out. */
const keptKeys = async (dataDir: string) => {
  const path = join(dataDir, 'jwt-keys.json')
  if (existsSync(path)) return readFileSync(path, 'utf8')
  const keys = JSON.stringify({ keys: [newSigningKey(new Date())] })
  writeFileSync(path, keys, { mode: 0o600 })
  return keys
}

type Child = ReturnType<typeof Bun.spawn>

const READY_TIMEOUT_MS = 30_000

const waitUntilReady = async (url: string, server: Child) => {
  const deadline = performance.now() + READY_TIMEOUT_MS
  while (performance.now() < deadline) {
    if (server.exitCode !== null) return
    const ready = await fetch(url).then(
      (answer) => answer.ok,
      () => false,
    )
    if (ready) return
    await Bun.sleep(25)
  }
  console.error(`The server was not ready after ${READY_TIMEOUT_MS / 1000} s; its log above says why.`)
}

/** A calm city that goes on by itself, so that there is something to look at. */
const startDemo = (url: string, env: Record<string, string | undefined>) =>
  Bun.spawn([process.execPath, '--no-orphans', join(import.meta.dir, 'cli', 'simulate.ts'), '--url', url, '--demo'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })

const CHILD_STOP_TIMEOUT_MS = 15_000

/** Ctrl-C or TERM: the server drains first, the stores stop last. A second signal stops at once. */
const stopTogether = (children: Child[], stopStores: () => Promise<void>) => {
  let stopping = false
  const stop = async (code: number) => {
    if (stopping) {
      for (const child of children) child.kill('SIGKILL')
      process.exit(1)
    }
    stopping = true
    for (const child of children) child.kill('SIGTERM')
    await Promise.race([Promise.all(children.map((child) => child.exited)), Bun.sleep(CHILD_STOP_TIMEOUT_MS)])
    for (const child of children) child.kill('SIGKILL')
    await stopStores()
    process.exit(code)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0))
  void children[0]!.exited.then((code) => {
    if (!stopping) void stop(code || 1)
  })
}

type Facts = {
  base: string
  port: number
  store: string
  applied: string[]
  seeded: boolean
  roads: string
  demo: boolean
}

const welcome = ({ base, store, applied, seeded, roads, demo }: Facts) => `
RideNDine is up at ${base}

  API documentation   ${base}/docs        (OpenAPI: ${base}/docs/json)
  Health, metrics     ${base}/health      ${base}/metrics
  WebSocket           ws://${base.slice('http://'.length)}/realtime?ticket=...
  Stores              ${store}${applied.length ? `, ${applied.length} migrations applied` : ''}${seeded ? ', demo city seeded' : ''}; Redis in memory
  Roads               ${roads}; © OpenStreetMap contributors
  Payments            simulated: no money moves
  Demo                ${demo ? 'virtual people order, cook and drive (DEMO=off to stop them)' : 'off'}

  Accounts, password ${DEMO_PASSWORD}
    customer1@test.com .. customer3@test.com     chef1@test.com .. chef40@test.com
    driver1@test.com .. driver25@test.com        ${DEMO_ADMIN}

  Try next
    curl '${base}/chefs?lat=57.70&lng=11.97&limit=3'
    curl '${base}/routing/route/v1/bike/11.9668,57.6972;11.9746,57.7089?steps=true'
    curl ${base}/auth/login -H 'content-type: application/json' -d '{"email":"customer1@test.com","password":"${DEMO_PASSWORD}"}'
    bun run simulate --url ${base} --orders 50
`

run().catch((error: unknown) => {
  if (error instanceof EmbeddedPostgresError || error instanceof MigrationError) fail(error.message)
  if (error instanceof DemoRoadsError)
    fail(`The streets of Göteborg could not be made into a road file.\n${error.message}`)
  if ((error as { code?: string }).code === 'ENOSPC') fail('The disk is full. Free some space and start again.')
  if ((error as { code?: string }).code === 'EACCES') fail(`A folder may not be written: ${(error as Error).message}`)
  console.error(error)
  process.exit(1)
})
