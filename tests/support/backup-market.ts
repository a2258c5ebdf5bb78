/** What the tests of backups stand on: Debian's Postgres with a market in it, and the commands as they are run. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { checksumPath, checksumText } from '#core/backup/files'
import { type Manifest, manifestPath } from '#core/backup/manifest'
import { sha256Of } from '#core/backup/streams'
import { connect } from '#core/database'
import { migrate } from '#core/migrations'
import { startLoad } from './chaos-load'
import { settleTown, type Town } from './chaos-people'
import { startServer, until } from './chaos-server'
import { DEBIAN_BIN, startDebianPostgres } from './debian-postgres'

export const repository = join(import.meta.dir, '..', '..')

export type Market = Awaited<ReturnType<typeof openMarket>>
export type Environment = Record<string, string | undefined>

const ORDERS_MIN = 25

export const openSql = (url: string) => connect({ url, poolMax: 2, statementTimeoutMs: 60_000, lockTimeoutMs: 30_000 })

/** A server with the demo city and, unless they are left out, orders in every state, placed over the API. Then nobody writes. */
export const openMarket = async ({ withOrders = true } = {}) => {
  const pg = await startDebianPostgres()
  const admin = openSql(pg.urlOf('postgres'))
  await admin.unsafe('create database ridendine')
  const url = pg.urlOf('ridendine')
  await migrate(url)
  const { seedDemoCity } = await import('#demo/seed')
  const sql = openSql(url)
  await seedDemoCity(sql, new Date())
  const town = await settleTown(sql, { customers: 6, cooks: 3, couriers: 4 })
  if (withOrders) await placeOrders(town, url)
  await sql.end({ timeout: 1 })
  mkdirSync('.data', { recursive: true })
  const folder = mkdtempSync(join(repository, '.data', 'backup-test-'))
  return {
    pg,
    admin,
    url,
    town,
    folder,
    /** Databases of the server that are not Postgres' own. */
    databases: async () =>
      (
        await admin<
          { name: string }[]
        >`select datname as name from pg_database where datname !~ '^(postgres|template[01])$' order by 1`
      ).map(({ name }) => name),
    /** Whether a backup or a restore holds its lock: that of a killed one goes when Postgres sees its connection closed. */
    isLocked: async () => (await admin`select from pg_locks where locktype = 'advisory'`).length > 0,
    /** A copy of the market, to be hurt. */
    clone: async (name: string) => {
      await admin.unsafe(`create database "${name}" template ridendine`)
      return pg.urlOf(name)
    },
    drop: async (pattern: RegExp) => {
      const rows = await admin<{ name: string }[]>`select datname as name from pg_database`
      for (const { name } of rows) if (pattern.test(name)) await admin.unsafe(`drop database "${name}" with (force)`)
    },
    close: async () => {
      await admin.end({ timeout: 1 })
      await pg.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Some delivered, some under way, some refunded: cooks reject nothing by themselves, so one order is cancelled here. */
const placeOrders = async (town: Town, url: string) => {
  const server = await startServer({ databaseUrl: url })
  await server.ready()
  const { base } = server
  const load = startLoad(town, () => base, { until: 'ready' })
  await until('there are orders', () => load.orders.size >= ORDERS_MIN, 40)
  const paid = [...load.orders.values()].find(({ steps }) => steps.includes('pay'))!
  const answer = await fetch(`${base}/orders/${paid.id}/refund`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${town.admin.token}`,
      'content-type': 'application/json',
      'idempotency-key': 'refund-one',
    },
    body: JSON.stringify({ amountCents: 100, reason: 'cold soup' }),
  })
  if (!answer.ok) throw new Error(`no refund: ${answer.status} ${await answer.text()}`)
  await load.stop()
  server.kill('SIGTERM')
  await server.exited()
}

/** Everything in a database, by the database's own means and not by those that are tested: each table, sorted. */
export const contentsOf = async (url: string): Promise<Record<string, string>> => {
  const sql = openSql(url)
  try {
    const tables = await sql<{ name: string }[]>`
      select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'backup_runs' order by 1`
    const contents: Record<string, string> = {}
    for (const { name } of tables) {
      const [row] = await sql.unsafe<{ rows: number; all: string }[]>(
        `select count(*) as rows, md5(coalesce(string_agg(t.*::text, E'\\n' order by t.*::text), '')) as all from "${name}" t`,
      )
      contents[name] = `${row!.rows} rows ${row!.all}`
    }
    return contents
  } finally {
    await sql.end({ timeout: 1 })
  }
}

export type Ran = { code: number | string; output: string; seconds: number }

/** Runs `bun run db:<command>` as a process of its own, with no settings but these. `shell` comes before it. */
export const startDatabaseCommand = (command: string, args: string[], environment: Environment, shell?: string) => {
  const script = [process.execPath, '--no-env-file', join(repository, 'src', 'cli', `${command}.ts`), ...args]
  return startProgram(shell ? ['sh', '-c', `${shell} exec "$@"`, 'sh', ...script] : script, environment)
}

export const startProgram = (command: string[], environment: Environment) => {
  const startedMs = performance.now()
  const child = Bun.spawn(command, {
    cwd: repository,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const output = Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  const ended = async (): Promise<Ran> => {
    const code = await child.exited
    return {
      code: child.signalCode ?? code,
      output: (await output).join(''),
      seconds: (performance.now() - startedMs) / 1000,
    }
  }
  return { child, ended }
}

export const databaseCommand = (command: string, args: string[], environment: Environment, shell?: string) =>
  startDatabaseCommand(command, args, environment, shell).ended()

/** The files in a folder, hidden ones too. */
export const filesIn = (dir: string): string[] => (existsSync(dir) ? readdirSync(dir).sort() : [])
export const backupsIn = (dir: string): string[] =>
  filesIn(dir).filter((name) => /^ridendine_.*\.(gz|dump|age)$/.test(name))

/** Changes a manifest and signs it anew, as somebody would who means it. */
export const rewriteManifest = async (file: string, change: (manifest: Manifest) => unknown) => {
  const path = manifestPath(file)
  const manifest = JSON.parse(readFileSync(path, 'utf8'))
  change(manifest)
  writeFileSync(path, JSON.stringify(manifest))
  const sums = await Promise.all([file, path].map(async (one) => ({ name: basename(one), ...(await sha256Of(one)) })))
  writeFileSync(checksumPath(file), checksumText(sums))
}

/** A folder of Postgres' tools in which one is replaced by a shell script; `REAL` in it is the one that was. */
export const toolsWith = (folder: string, name: string, script: string): string => {
  const dir = mkdtempSync(join(folder, 'tools-'))
  for (const tool of ['pg_dump', 'pg_restore', 'psql']) {
    if (tool !== name) symlinkSync(join(DEBIAN_BIN, tool), join(dir, tool))
  }
  writeFileSync(join(dir, name), `#!/bin/sh\n${script.replaceAll('REAL', join(DEBIAN_BIN, name))}\n`)
  chmodSync(join(dir, name), 0o755)
  return join(dir, 'pg_dump')
}
