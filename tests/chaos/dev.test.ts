/** `bun dev` on a machine where things are as they are: killed before, run twice, on a taken port, without room to write. */
import { afterAll, afterEach, expect, test } from 'bun:test'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { mapRoads } from '#modules/routing/roads-file'
import { ask, tell } from '../support/chaos-client'
import { chaosFolder, postmasterPid, remove } from '../support/chaos-postgres'
import { endServers, family, freePort, spawnScript, until } from '../support/chaos-server'
import { isAlive } from '../support/runner-process'

const root = chaosFolder('dev')
const dataDir = join(root, 'data')
/** A first start imports a city and prepares its roads. */
const startSeconds = 60

afterEach(endServers)
afterAll(() => remove(root))

type Dev = Awaited<ReturnType<typeof startDev>>

type DevOptions = { port?: number; dir?: string; environment?: Record<string, string> }

const startDev = async ({ port, dir = dataDir, environment = {} }: DevOptions = {}) => {
  const ownPort = port ?? (await freePort())
  const own = { PORT: String(ownPort), DATA_DIR: dir, DEMO: 'off', LOG_FORMAT: 'json' }
  const child = spawnScript(['src/dev.ts'], { ...own, ...environment })
  const base = `http://127.0.0.1:${ownPort}`
  const isUp = () => child.output().includes('RideNDine is up')
  return {
    ...child,
    port: ownPort,
    base,
    up: async () => {
      await until('it is up, or ended', () => isUp() || child.hasExited(), startSeconds)
      if (!isUp()) throw new Error(`bun dev ended:\n${child.output().slice(-4000)}`)
      return (await ask(base, 'GET', '/health/ready')).status
    },
  }
}

/** Why it did not start: its last words. */
const refusal = async (dev: Dev) => {
  expect(await dev.exited(startSeconds)).toBe(1)
  expect(dev.output()).not.toContain('    at ')
  return dev.output().trim()
}

test('it starts, stops on a signal leaving nothing behind, and starts again on what it had', async () => {
  const first = await startDev()
  expect(await first.up()).toBe(200)
  expect(first.output()).toContain('demo city seeded')
  expect(first.output()).toContain('made into a road file; © OpenStreetMap contributors')
  // Signing in needs the keys that were made a moment ago.
  const credentials = { email: 'customer1@test.com', password: 'Password123!' }
  expect((await ask(first.base, 'POST', '/auth/login', { body: credentials })).status).toBe(200)
  const pids = [...family(first.pid), ...family(postmasterPid(join(dataDir, 'postgres'))!)]
  expect(pids.length).toBeGreaterThan(4)
  first.kill('SIGTERM')
  expect(await first.exited()).toBe(0)
  expect(pids.filter(isAlive)).toEqual([])

  const second = await startDev({ port: first.port })
  expect(await second.up()).toBe(200)
  expect(second.output()).not.toContain('demo city seeded')
  expect(second.output()).toContain('the streets of Göteborg; © OpenStreetMap contributors')
  expect(second.output()).not.toContain('migrations applied')

  const third = await startDev({ port: second.port })
  expect(await refusal(third)).toBe(
    `Port ${second.port} is taken. RideNDine runs from this folder already, as process ${second.pid}.\n` +
      `Stop what holds it, or choose another: PORT=${second.port + 100} npx -y bun dev`,
  )
  expect((await ask(second.base, 'GET', '/health/ready')).status).toBe(200)
  second.kill('SIGINT')
  expect(await second.exited()).toBe(0)
})

test('killed outright it leaves neither Postgres nor server behind, and the next start works', async () => {
  const killed = await startDev()
  expect(await killed.up()).toBe(200)
  const pids = [...family(killed.pid), ...family(postmasterPid(join(dataDir, 'postgres'))!)]
  const postgresPids = family(postmasterPid(join(dataDir, 'postgres'))!)
  killed.kill('SIGKILL')
  await killed.exited()
  try {
    const goneMs = await until('Postgres is gone', () => !postgresPids.some(isAlive), 10)
    const allGoneMs = await until('all of it is gone', () => !pids.some(isAlive), 10)
    tell('killed dev', { postgresGoneMs: Math.round(goneMs), allGoneMs: Math.round(allGoneMs) })
    const next = await startDev({ port: killed.port })
    expect(await next.up()).toBe(200)
    next.kill('SIGTERM')
    expect(await next.exited()).toBe(0)
  } finally {
    for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  }
})

test('killed while it makes its road file it leaves none, and the next start makes it whole', async () => {
  const dir = join(root, 'half-made')
  const roads = join(dir, 'roads')
  const killed = await startDev({ dir })
  const files = () => (existsSync(roads) ? readdirSync(roads) : [])
  await until('the road file is being made', () => family(killed.pid).length > 1 && existsSync(roads), startSeconds)
  const pids = family(killed.pid)
  killed.kill('SIGKILL')
  await killed.exited()
  await until('all of it is gone', () => !pids.some(isAlive), 10)
  expect(files().filter((name) => !name.endsWith('.unfinished'))).toEqual([])
  writeFileSync(join(roads, `goteborg.bin.${killed.pid}.unfinished`), 'half of it')
  const next = await startDev({ dir })
  expect(await next.up()).toBe(200)
  expect(next.output()).toContain('made into a road file')
  expect(files().sort()).toEqual(['goteborg.bin', 'goteborg.made-of'])
  expect(mapRoads(join(roads, 'goteborg.bin')).profiles.car).toBeDefined()
  next.kill('SIGTERM')
  expect(await next.exited()).toBe(0)
})

test('roads of your own that are not there end it with their name, and nothing is welcomed', async () => {
  const dev = await startDev({ environment: { ROADS: join(root, 'nowhere.bin') } })
  const words = await refusal(dev)
  expect(words).toContain(`ROADS: ${join(root, 'nowhere.bin')} does not exist`)
  expect(words).not.toContain('is up')
})

test('a port that something else holds is named, with how to choose another', async () => {
  const holder = createServer()
  await new Promise<void>((done) => holder.listen(0, '127.0.0.1', () => done()))
  const { port } = holder.address() as { port: number }
  const dev = await startDev({ port })
  expect(await refusal(dev)).toBe(
    `Port ${port} is taken.\nStop what holds it, or choose another: PORT=${port + 100} npx -y bun dev`,
  )
  holder.close()
})

test('data of another version of Postgres is refused in words that say what to do', async () => {
  const versionFile = join(dataDir, 'postgres', 'PG_VERSION')
  expect(existsSync(versionFile)).toBe(true)
  const version = readFileSync(versionFile, 'utf8')
  writeFileSync(versionFile, '14\n')
  const words = await refusal(await startDev())
  writeFileSync(versionFile, version)
  expect(words).toContain('was written by Postgres 14, this checkout brings Postgres 18.')
  expect(words).toContain('Dump it with the old version, or remove the folder')
})

test('a data folder that cannot be written is refused in words that name it', async () => {
  mkdirSync(root, { recursive: true })
  const file = join(root, 'a-file')
  writeFileSync(file, 'not a folder')
  for (const dir of [file, '/proc/ridendine']) {
    const words = await refusal(await startDev({ dir }))
    expect(words).toContain(dir)
    expect(words).toContain('DATA_DIR')
  }
})
