import { sql } from './market'

/** What the market holds, table by table, to see that a refusal changed nothing. */
export type MarketState = Record<string, string>

/** Only counted: who numbers events and who sends mail touch their rows at their own pace. */
const COUNTED = ['events', 'mails']

/** Left out: kept by jobs on their own, whatever is asked of the API. */
const LEFT_OUT = [
  'dispatch_decisions',
  'driver_positions',
  'event_consumers',
  'event_head',
  'event_topics',
  'realtime_tickets',
  'schema_migrations',
]

let statement: string | undefined

export const marketState = async (): Promise<MarketState> => {
  statement ??= await stateStatement()
  const rows = await sql().unsafe<{ name: string; state: string }[]>(statement)
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]))
}

const stateStatement = async () => {
  const tables = await sql()<{ name: string }[]>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name`
  return tables
    .map(({ name }) => name)
    .filter((name) => !LEFT_OUT.includes(name))
    .map((name) => {
      const sum = COUNTED.includes(name) ? `''` : `coalesce(md5(string_agg(t::text, '|' order by t::text)), '')`
      return `select '${name}' as name, count(*) || ' ' || ${sum} as state from ${name} t`
    })
    .join(' union all ')
}

/** The tables that differ. */
export const changedTables = (before: MarketState, after: MarketState): string[] =>
  Object.keys(after).filter((name) => after[name] !== before[name])
