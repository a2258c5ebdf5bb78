/**
 * `bun run schema:check [--against REF]`: whether the migrations here may follow those of a commit (origin/main): none that
 * landed was edited, an old database becomes the same as a new one, and nothing is taken from the version that still runs.
 * Exit code 1 for a fault, 2 when it could not be asked. The databases are made on an embedded Postgres and removed.
 */
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedPostgres } from '#core/embedded-postgres'
import type { Migration } from '#core/migrations'
import type { SchemaChanges } from './schema/changes.ts'
import { checkMigrations } from './schema/check.ts'

const FOLDER = 'sql/migrations'
const isMigration = (file: string) => /^\d{4}-[a-z0-9-]+\.sql$/.test(file)
const nameOf = (file: string) => file.slice(0, -'.sql'.length)

const git = (...args: string[]): string => {
  const { exitCode, stdout, stderr } = Bun.spawnSync(['git', ...args])
  if (exitCode !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.toString().trim()}`)
  return stdout.toString()
}

const migrationsAt = (commit: string): Migration[] =>
  git('ls-tree', '--name-only', `${commit}:${FOLDER}`)
    .split('\n')
    .filter(isMigration)
    .sort()
    .map((file) => ({ name: nameOf(file), sql: git('show', `${commit}:${FOLDER}/${file}`) }))

const migrationsHere = (): Migration[] =>
  readdirSync(FOLDER)
    .filter(isMigration)
    .sort()
    .map((file) => ({ name: nameOf(file), sql: readFileSync(join(FOLDER, file), 'utf8') }))

const sayChanges = ({ added, gone, changed }: SchemaChanges) => [
  ...added.map(({ name }) => `+ ${name}`),
  ...gone.map(({ name }) => `- ${name}`),
  ...changed.map(({ after }) => `~ ${after.name}`),
]

const check = async (against: string) => {
  const commit = git('rev-parse', '--verify', `${against}^{commit}`).trim()
  const landed = migrationsAt(commit)
  const here = migrationsHere()
  const dataDir = join('.data', `schema-check-${process.pid}`)
  const server = await startEmbeddedPostgres({ dataDir, durable: false })
  try {
    const { faults, changes, objectCount } = await checkMigrations(server.url, landed, here)
    const count = here.length - landed.length
    console.log(
      `Migrations: ${landed.length} at ${against} (${commit.slice(0, 12)}), ${count} new; ${objectCount} objects.`,
    )
    for (const line of changes ? sayChanges(changes) : []) console.log(line)
    for (const fault of faults) console.log(`Refused: ${fault}`)
    if (faults.length === 0) console.log('They may follow.')
    return faults.length === 0 ? 0 : 1
  } finally {
    await server.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

try {
  const { values } = parseArgs({ options: { against: { type: 'string', default: 'origin/main' } } })
  process.exit(await check(values.against))
} catch (error) {
  console.error((error as Error).message)
  process.exit(2)
}
