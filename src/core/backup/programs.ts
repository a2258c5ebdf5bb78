/** Finds the tools of Postgres that fit a server: of its major version or a newer one, pg_dump refuses older ones. */
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { BackupError } from '#core/backup/fault'
import { childEnvironment } from '#core/config'

export type PostgresTools = { pgDump: string; pgRestore: string; psql: string; version: string; major: number }

/** Debian and its relatives keep each version in a folder of its own, off the PATH. */
const VERSIONED_ROOTS = ['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt']

/** "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)" -> 15.18; undefined when it is something else. */
export const versionIn = (said: string): string | undefined =>
  /\(PostgreSQL\) (\d+(?:\.\d+|[a-z]+\d*)?)/.exec(said)?.[1]

export const majorOf = (version: string): number => Number.parseInt(version, 10)

/** The one of the server's own version, else the next newer one; undefined when there is none. Pure. */
export const chooseTools = <T extends { major: number }>(found: readonly T[], serverMajor: number): T | undefined =>
  found.filter(({ major }) => major >= serverMajor).sort((a, b) => a.major - b.major)[0]

/** Throws BackupError, saying what was found and what to install. */
export const findTools = (serverVersion: string, pgDump?: string): PostgresTools => {
  const serverMajor = majorOf(serverVersion)
  const candidates = pgDump ? [pgDump] : installed()
  const found = candidates.flatMap((path) => toolsBeside(path) ?? [])
  const chosen = chooseTools(found, serverMajor)
  if (chosen) return chosen
  const hint = `Install postgresql-client-${serverMajor} (or newer), or set PG_DUMP to the path of its pg_dump.`
  if (pgDump && found.length === 0)
    throw new BackupError(`PG_DUMP is ${pgDump}, which is no pg_dump that runs. ${hint}`)
  if (found.length === 0) throw new BackupError(`There is no pg_dump on this machine. ${hint}`)
  const versions = found.map((one) => `${one.version} (${one.pgDump})`).join(', ')
  throw new BackupError(
    `The server is Postgres ${serverVersion}, and pg_dump is older: ${versions}. An older one cannot dump it. ${hint}`,
  )
}

const installed = (): string[] => {
  const folders = VERSIONED_ROOTS.filter(existsSync).flatMap((root) =>
    readdirSync(root).map((version) => join(root, version, 'bin')),
  )
  const onPath = Bun.which('pg_dump')
  return [...folders.map((folder) => join(folder, 'pg_dump')), ...(onPath ? [onPath] : [])].filter(existsSync)
}

/** psql and pg_restore are taken from pg_dump's folder: they must be of one version. */
const toolsBeside = (pgDump: string): PostgresTools | undefined => {
  const path = Bun.which(pgDump, { PATH: childEnvironment({}).PATH ?? delimiter })
  if (!path) return undefined
  const asked = Bun.spawnSync([path, '--version'], { env: childEnvironment({ LC_ALL: 'C' }) })
  const version = asked.exitCode === 0 ? versionIn(asked.stdout.toString()) : undefined
  const [pgRestore, psql] = ['pg_restore', 'psql'].map((name) => join(dirname(path), name))
  if (!version || !existsSync(pgRestore!) || !existsSync(psql!)) return undefined
  return { pgDump: path, pgRestore: pgRestore!, psql: psql!, version, major: majorOf(version) }
}
