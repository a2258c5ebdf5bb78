import { connect } from '#core/database'
import { checksum, MIGRATIONS, migrate } from '#core/migrations'

/**
 * A migrated database of its own for a test file: cloned from a template, which the first file of a run makes. The
 * server comes from the runner; a file that is run alone starts one for itself.
 */
export const freshDatabase = async (): Promise<{ url: string; drop(): Promise<void> }> => {
  const server = await serverUrl()
  const template = `template_${checksum(MIGRATIONS.map(({ sql }) => sql).join()).slice(0, 16)}`
  const name = `test_${process.pid}_${Bun.randomUUIDv7('hex').replaceAll('-', '').slice(-12)}`
  const admin = connect({ url: server, poolMax: 1, statementTimeoutMs: 60_000, lockTimeoutMs: 60_000 })
  // One at a time: a template that somebody is connected to, or cloning, cannot be cloned.
  await admin`select pg_advisory_lock(${TEMPLATE_LOCK})`
  try {
    const [known] = await admin`select from pg_database where datname = ${template}`
    if (!known) await makeTemplate(admin, server, template)
    await admin.unsafe(`create database ${name} template ${template}`)
  } finally {
    await admin.end({ timeout: 5 })
  }
  return { url: databaseUrl(server, name), drop: () => drop(server, name) }
}

const TEMPLATE_LOCK = 7_061_002

const makeTemplate = async (admin: ReturnType<typeof connect>, server: string, template: string) => {
  const draft = `${template}_draft`
  await admin.unsafe(`drop database if exists ${draft}`)
  await admin.unsafe(`create database ${draft}`)
  await migrate(databaseUrl(server, draft))
  await admin.unsafe(`alter database ${draft} rename to ${template}`)
}

const drop = async (server: string, name: string) => {
  const admin = connect({ url: server, poolMax: 1, statementTimeoutMs: 60_000, lockTimeoutMs: 60_000 })
  await admin.unsafe(`drop database if exists ${name} with (force)`)
  await admin.end({ timeout: 5 })
}

const databaseUrl = (server: string, name: string) => {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

let ownServer: Promise<string> | undefined

const serverUrl = (): Promise<string> => {
  const given = process.env.TEST_DATABASE_URL
  if (given) return Promise.resolve(given)
  ownServer ??= startOwnServer()
  return ownServer
}

const startOwnServer = async () => {
  const { startTestPostgres } = await import('./runner-postgres')
  const server = await startTestPostgres('.data/test-postgres.log')
  // With the file's process it goes too: it asks the kernel for that (see embedded-postgres).
  process.on('exit', () => void server.stop())
  return server.url
}
