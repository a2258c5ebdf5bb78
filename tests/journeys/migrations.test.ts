import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { readdirSync } from 'node:fs'
import { connect } from '#core/database'
import { MIGRATIONS, type Migration, MigrationError, migrate, missingMigrations } from '#core/migrations'
import { freshDatabase } from '../support/database'

const names = MIGRATIONS.map(({ name }) => name)
const limits = { poolMax: 2, statementTimeoutMs: 60_000, lockTimeoutMs: 60_000 }

let store: Awaited<ReturnType<typeof freshDatabase>>
let admin: ReturnType<typeof connect>
let url: string
const made: string[] = []

beforeAll(async () => {
  store = await freshDatabase()
  admin = connect({ url: store.url, ...limits })
})

afterAll(async () => {
  for (const name of made) await admin.unsafe(`drop database if exists ${name} with (force)`)
  await admin.end({ timeout: 5 })
  await store.drop()
})

/** Each test begins with a database in which there is nothing. */
beforeEach(async () => {
  const name = `blank_${process.pid}_${Bun.randomUUIDv7('hex').slice(-12)}`
  await admin.unsafe(`create database ${name} template template0`)
  made.push(name)
  const blank = new URL(store.url)
  blank.pathname = `/${name}`
  url = blank.href
})

const ask = async (statement: string): Promise<Record<string, unknown>[]> => {
  const sql = connect({ url, ...limits })
  try {
    return [...(await sql.unsafe(statement))]
  } finally {
    await sql.end({ timeout: 5 })
  }
}

const tables = async () => {
  const rows = await ask(
    `select table_name from information_schema.tables where table_schema = 'public' order by table_name`,
  )
  return rows.map(({ table_name, tableName }) => tableName ?? table_name)
}

const appliedNames = async () =>
  (await ask('select name from schema_migrations order by name')).map(({ name }) => name as string)

test('every file in sql/migrations is one that is applied, in that order', () => {
  const files = readdirSync('sql/migrations').filter((file) => file.endsWith('.sql'))
  expect(names.map((name) => `${name}.sql`)).toEqual(files.sort())
})

test('an empty database gets everything; a second time there is nothing to do', async () => {
  expect(await migrate(url)).toEqual(names)
  expect(await tables()).toEqual(
    expect.arrayContaining(['users', 'orders', 'deliveries', 'events', 'schema_migrations']),
  )
  expect(await migrate(url)).toEqual([])
  expect(await appliedNames()).toEqual(names)
})

test('a database that is behind gets only what it lacks', async () => {
  expect(await migrate(url, MIGRATIONS.slice(0, 2))).toEqual(names.slice(0, 2))
  expect(await migrate(url)).toEqual(names.slice(2))
})

test('replicas that start together wait for each other: each migration is applied once', async () => {
  const results = await Promise.all([migrate(url), migrate(url), migrate(url)])
  expect(results.map(({ length }) => length).toSorted()).toEqual([0, 0, names.length])
  expect(await appliedNames()).toEqual(names)
})

test('a migration that was edited after it was applied stops everything', async () => {
  await migrate(url, MIGRATIONS.slice(0, 2))
  const edited = MIGRATIONS.map((one, index) => (index === 1 ? { ...one, sql: `${one.sql} -- later` } : one))
  const refusal = migrate(url, edited)
  await expect(refusal).rejects.toBeInstanceOf(MigrationError)
  await expect(refusal).rejects.toThrow(new RegExp(`${names[1]} was changed`))
  expect(await appliedNames()).toEqual(names.slice(0, 2))
})

const newer: Migration = { name: '9999-from-the-future', sql: 'create table future ()' }
const breaking: Migration = {
  name: '9999-from-the-future',
  sql: '-- breaking: orders are gone\ndrop table future_orders',
}

test('a database that is ahead of this version is one to run on, and is left as it is', async () => {
  await migrate(url, [...MIGRATIONS, newer])
  expect(await migrate(url)).toEqual([])
  expect(await missingMigrations(url)).toEqual([])
  expect(await appliedNames()).toEqual([...names, newer.name])
})

test('a database that is ahead by a breaking migration stops everything', async () => {
  await migrate(url, MIGRATIONS)
  await ask('create table future_orders ()')
  await migrate(url, [...MIGRATIONS, breaking])
  for (const act of [migrate, missingMigrations]) {
    const refusal = act(url)
    await expect(refusal).rejects.toBeInstanceOf(MigrationError)
    await expect(refusal).rejects.toThrow(/9999-from-the-future.*newer version/)
  }
  expect(await migrate(url, [...MIGRATIONS, breaking])).toEqual([])
})

test('a database of another line of development stops everything', async () => {
  await migrate(url, [...MIGRATIONS.slice(0, 2), newer])
  await expect(migrate(url)).rejects.toThrow(/9999-from-the-future.*others of its own/)
  expect(await appliedNames()).toEqual([...names.slice(0, 2), newer.name])
  const between = { ...newer, name: '0001-sideways' }
  await ask(`update schema_migrations set name = '${between.name}' where name = '${newer.name}'`)
  await expect(migrate(url)).rejects.toThrow(/0001-sideways/)
})

test('what is missing can be asked for, and a table of before there were breaking migrations is read too', async () => {
  expect(await missingMigrations(url)).toEqual(names)
  expect(await tables()).toEqual([])
  await migrate(url, MIGRATIONS.slice(0, 2))
  await ask('alter table schema_migrations drop column is_breaking')
  expect(await missingMigrations(url)).toEqual(names.slice(2))
  expect(await migrate(url)).toEqual(names.slice(2))
  expect(await ask('select from schema_migrations where is_breaking')).toEqual([])
})

test('a migration that fails half-way leaves nothing of itself, and can be tried again when mended', async () => {
  const begun: Migration[] = [
    { name: '0001-first', sql: 'create table first ()' },
    { name: '0002-second', sql: 'create table second (); select 1 / 0; create table third ()' },
    { name: '0003-after', sql: 'create table after_it ()' },
  ]
  await expect(migrate(url, begun)).rejects.toThrow('division by zero')
  expect(await tables()).toEqual(['first', 'schema_migrations'])
  expect(await appliedNames()).toEqual(['0001-first'])

  const mended = begun.map((one) => ({ ...one, sql: one.sql.replace('select 1 / 0;', '') }))
  expect(await migrate(url, mended)).toEqual(['0002-second', '0003-after'])
  expect(await tables()).toEqual(['after_it', 'first', 'schema_migrations', 'second', 'third'])
})

test('a failure lets go of the lock: the next replica need not wait for it', async () => {
  const broken = [{ name: '0001-broken', sql: 'select 1 / 0' }]
  await expect(migrate(url, broken)).rejects.toThrow()
  expect(await migrate(url)).toEqual(names)
})
