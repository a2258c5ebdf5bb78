import { connect } from '#core/database'
import { type Migration, migrate } from '#core/migrations'
import { describeSchema, type SchemaObject } from './catalog.ts'
import { expansionFaults, historyFaults, isSame, type SchemaChanges, schemaChanges } from './changes.ts'

const STATEMENT_TIMEOUT_MS = 60_000

export type SchemaVerdict = {
  /** Sentences; none when the change may land. */
  faults: string[]
  /** From the schema of what landed to that of the change; undefined where history alone is a fault already. */
  changes: SchemaChanges | undefined
  objectCount: number
}

const open = (url: string) =>
  connect({ url, poolMax: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS, lockTimeoutMs: STATEMENT_TIMEOUT_MS })

const schemaOf = async (url: string): Promise<SchemaObject[]> => {
  const sql = open(url)
  try {
    return await describeSchema(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const makeDatabase = async (serverUrl: string, name: string): Promise<string> => {
  const sql = open(serverUrl)
  try {
    await sql.unsafe(`drop database if exists ${name}`)
    await sql.unsafe(`create database ${name}`)
  } finally {
    await sql.end({ timeout: 5 })
  }
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

/**
 * Brings one database to what landed and on to the change, makes another one by the change alone, and compares. The server is
 * one to throw away: it makes the databases `schema_check_upgraded` and `schema_check_fresh`.
 */
export const checkMigrations = async (
  serverUrl: string,
  landed: readonly Migration[],
  changed: readonly Migration[],
): Promise<SchemaVerdict> => {
  const history = historyFaults(landed, changed)
  if (history.length > 0) return { faults: history, changes: undefined, objectCount: 0 }
  const upgradedUrl = await makeDatabase(serverUrl, 'schema_check_upgraded')
  const freshUrl = await makeDatabase(serverUrl, 'schema_check_fresh')
  await migrate(upgradedUrl, landed)
  const before = await schemaOf(upgradedUrl)
  await migrate(upgradedUrl, changed)
  await migrate(freshUrl, changed)
  const [upgraded, fresh] = await Promise.all([schemaOf(upgradedUrl), schemaOf(freshUrl)])
  const changes = schemaChanges(before, fresh)
  const drift = isSame(schemaChanges(upgraded, fresh)) ? [] : [sayDrift(schemaChanges(upgraded, fresh))]
  const known = new Set(landed.map(({ name }) => name))
  const added = changed.filter(({ name }) => !known.has(name))
  return { faults: [...drift, ...expansionFaults(changes, before, added)], changes, objectCount: fresh.length }
}

const sayDrift = ({ added, gone, changed }: SchemaChanges) => {
  const names = [...added, ...gone, ...changed.map(({ after }) => after)].map(({ name }) => name)
  return `A database that is brought up to date is not the one that is made anew: ${names.join(', ')}.`
}
