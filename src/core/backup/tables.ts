/**
 * What is in each table, so that a restored one can be compared: the number of rows and a checksum.
 *
 * The checksum of a table is the sum of the first 8 bytes of the MD5 of each row's text: it does not depend on the order
 * of rows, needs no sort and no memory, and MD5 is the same in every version of Postgres (its own hash functions are
 * not promised to be). It is there against damage, not against forgery. Of a table past FULL_BYTES_MAX only the rows
 * whose key has an MD5 that begins with 00 count, one in 256 and always the same ones: reading every row's text would
 * take longer than the dump itself.
 */
import type { Connection } from '#core/backup/connection'
import { quoteName } from '#core/backup/connection'
import type { Sql } from '#core/database'

export type TableFacts = {
  /** With its schema: `public.orders`. */
  name: string
  rowCount: number
  checksum: { method: 'all' | 'sample'; value: string }
}

const FULL_BYTES_MAX = 256 * 1024 * 1024

/** Written by the commands themselves, so not part of what they keep. */
export const LEFT_OUT = ['public.backup_runs']

type TableRow = { schema: string; table: string; bytes: number; key: string[] | null }

/** All tables that hold data of ours, in order of name, by what a snapshot sees. */
export const readTables = async (sql: Sql): Promise<TableFacts[]> => {
  await fixText(sql)
  const facts: TableFacts[] = []
  for (const row of await listTables(sql)) {
    facts.push(await factsOf(sql, row, row.bytes > FULL_BYTES_MAX ? 'sample' : 'all'))
  }
  return facts
}

export type Difference = { table: string; message: string }

/** What of a restored database is not as it was. With `countsOnly` rows are counted and not read. */
export const compareTables = async (
  sql: Connection,
  expected: readonly TableFacts[],
  { countsOnly }: { countsOnly: boolean },
): Promise<Difference[]> => {
  await fixText(sql)
  const found = new Map((await listTables(sql)).map((row) => [`${row.schema}.${row.table}`, row]))
  const differences: Difference[] = []
  for (const { name, rowCount, checksum } of expected) {
    const row = found.get(name)
    found.delete(name)
    if (!row) {
      differences.push({ table: name, message: 'is missing' })
      continue
    }
    const facts = await factsOf(sql, row, countsOnly ? 'none' : checksum.method)
    if (facts.rowCount !== rowCount) {
      differences.push({ table: name, message: `has ${facts.rowCount} rows, ${rowCount} were backed up` })
    } else if (!countsOnly && facts.checksum.value !== checksum.value) {
      differences.push({
        table: name,
        message: `has other contents than were backed up (checksum of ${checksum.method})`,
      })
    }
  }
  for (const name of found.keys()) differences.push({ table: name, message: 'was not in the backup' })
  return differences
}

/** The text of a row depends on these. */
const fixText = (sql: Sql) =>
  sql.unsafe(`set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres'; set extra_float_digits = 1;
    set bytea_output = 'hex'; set timezone = 'UTC'`)

/** `key` is what identifies a row: the primary key, else a unique index of plain columns. */
const listTables = (sql: Sql) =>
  sql<TableRow[]>`
    select n.nspname as schema, c.relname as table, pg_table_size(c.oid) as bytes, (
      select array(select a.attname::text from unnest(i.indkey::smallint[]) with ordinality as k (number, place)
                   join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number order by k.place)
      from pg_index i
      where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
      order by i.indisprimary desc, i.indexrelid limit 1
    ) as key
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind = 'r' and c.relpersistence = 'p'
      and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'
      and n.nspname || '.' || c.relname <> all(${LEFT_OUT})
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by 1, 2`

const factsOf = async (sql: Sql, { schema, table, key }: TableRow, method: 'all' | 'sample' | 'none') => {
  const hash = (text: string) => `sum(('x' || left(md5((${text})::text), 16))::bit(64)::bigint::numeric)`
  const sampled = key
    ? `left(md5(row(${key.map((column) => `of_row.${quoteName(column)}`).join(', ')})::text), 2) = '00'`
    : 'true'
  const checksum = {
    none: `'0'`,
    all: `coalesce(${hash('of_row.*')}, 0)::text`,
    sample: `coalesce(${hash('of_row.*')} filter (where ${sampled}), 0)::text`,
  }[method]
  const [row] = await sql.unsafe<{ rows: number; value: string }[]>(
    `select count(*) as rows, ${checksum} as value from only ${quoteName(schema)}.${quoteName(table)} as of_row`,
  )
  const facts: TableFacts = {
    name: `${schema}.${table}`,
    rowCount: row!.rows,
    checksum: { method: method === 'sample' ? 'sample' : 'all', value: row!.value },
  }
  return facts
}
