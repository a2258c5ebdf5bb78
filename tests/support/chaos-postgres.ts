/** A Postgres that a chaos test may kill, keep down, freeze and thaw. Durable: what it has committed is there afterwards. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { connect } from '#core/database'
import { startEmbeddedPostgres } from '#core/embedded-postgres'
import { family, until } from './chaos-server'
import { isAlive } from './runner-process'

export type ChaosPostgres = Awaited<ReturnType<typeof startChaosPostgres>>
export type ChaosSql = ReturnType<typeof openSql>

const dataRoot = '.data'
const folderName = /^chaos-(\d+)-/

/** The path of a folder of this test process, under .data; who makes it removes it. What a killed run left goes at once. */
export const chaosFolder = (name: string): string => {
  mkdirSync(dataRoot, { recursive: true })
  for (const found of readdirSync(dataRoot)) {
    const owner = folderName.exec(found)?.[1]
    if (owner && !isAlive(Number(owner))) remove(join(dataRoot, found))
  }
  return resolve(dataRoot, `chaos-${process.pid}-${name}`)
}

export const remove = (folder: string) => rmSync(folder, { recursive: true, force: true })

/** Starts one in a folder of its own; `stop` removes the folder too. */
export const startChaosPostgres = async (name: string, settings: readonly string[] = []) => {
  const dataDir = chaosFolder(name)
  const said: string[] = []
  const server = await startEmbeddedPostgres({ dataDir, durable: true, settings, log: (line) => said.push(line) })
  const postmaster = () => postmasterPid(dataDir)!
  // Without its configuration a server does not start, so whoever restarts it tries in vain.
  const settingsFile = join(dataDir, 'postgresql.conf')
  const awayFile = `${settingsFile}.away`

  return {
    url: server.url,
    dataDir,
    port: server.port,
    said,
    postmaster,
    /** Ends the postmaster as a crash does; its children notice and end too. The supervisor starts a new one. */
    kill: () => process.kill(postmaster(), 'SIGKILL'),
    /** From now on it cannot be started. */
    keepDown: () => renameSync(settingsFile, awayFile),
    letUp: () => renameSync(awayFile, settingsFile),
    /** Stops every process of it where it stands: connections stay open, nothing answers. */
    freeze: () => {
      for (const pid of family(postmaster())) process.kill(pid, 'SIGSTOP')
    },
    thaw: () => {
      for (const pid of family(postmaster()).reverse()) process.kill(pid, 'SIGCONT')
    },
    isUp: () => canConnect(server.url),
    stop: async () => {
      if (existsSync(awayFile)) renameSync(awayFile, settingsFile)
      await server.stop()
      remove(dataDir)
    },
  }
}

/** The process that holds a data folder, if there is one and it lives. */
export const postmasterPid = (dataDir: string): number | undefined => {
  const file = join(dataDir, 'postmaster.pid')
  const pid = existsSync(file) ? Number.parseInt(readFileSync(file, 'utf8'), 10) : Number.NaN
  return isAlive(pid) ? pid : undefined
}

export const canConnect = async (url: string): Promise<boolean> => {
  const sql = openSql(url)
  try {
    await sql`select 1`
    return true
  } catch {
    return false
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {})
  }
}

/** A pool of the test's own, to arrange and to look. */
export const openSql = (url: string) =>
  connect({ url, poolMax: 2, statementTimeoutMs: 30_000, lockTimeoutMs: 10_000, applicationName: 'chaos' })

/** An empty database of its own on a running server. */
export const makeDatabase = async (serverUrl: string, name: string): Promise<string> => {
  const sql = openSql(serverUrl)
  await sql.unsafe(`create database ${name}`)
  await sql.end({ timeout: 5 })
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

export const waitUntilUp = (postgres: ChaosPostgres) => until('Postgres is up', postgres.isUp, 20)
