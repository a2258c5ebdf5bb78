import { sql } from './market'

/** What the market holds, table by table, to see that a refusal changed nothing. */
export type MarketState = Record<string, string>

/** Events are only counted, as who numbers them touches their rows at its own pace; and times move with the time. */
const MOVED = 'order.eta_changed'
const MOVING: Record<string, string[]> = {
  orders: ['eta_p50_at', 'eta_p90_at', 'pickup_p50_at', 'pickup_p90_at'],
  deliveries: ['nearest_meters', 'nearer_at', 'astray_at'],
}

/** Left out: kept by jobs on their own, whatever is asked of the API. */
const LEFT_OUT = [
  'dispatch_decisions',
  'dispatch_replicas',
  'driver_positions',
  'driver_suggestions',
  'eta_estimates',
  'event_consumers',
  'event_head',
  'event_topics',
  'jobs',
  'periodic_jobs',
  'realtime_tickets',
  'road_speed_cursors',
  'road_speeds',
  'schema_migrations',
  'zone_leases',
]

let statement: string | undefined

export const marketState = async (): Promise<MarketState> => {
  statement ??= await stateStatement()
  const rows = await sql().unsafe<{ name: string; state: string }[]>(statement)
  return Object.fromEntries(rows.map(({ name, state }) => [name, state]))
}

/** Jobs are deleted as soon as they are done: that one was written is seen here. */
const keepEnqueued = async () => {
  await sql()`create table if not exists enqueued_jobs (id uuid)`
  await sql().unsafe(`
    create or replace function keep_enqueued() returns trigger language plpgsql as $$
    begin
      insert into enqueued_jobs values (new.id);
      return new;
    end $$`)
  await sql()`create or replace trigger keep_enqueued after insert on jobs for each row execute function keep_enqueued()`
}

/** Nobody is looked after meanwhile: that changes drivers and deliveries at its own pace. */
const PATIENCE = {
  driverSilentSeconds: 3_600,
  boardAfterSeconds: 86_400,
  untakenAlertSeconds: 86_400,
  astraySeconds: 7_200,
  astrayRelievedSeconds: 7_200,
  kitchenLateSeconds: 86_400,
  kitchenWaitSeconds: 86_400,
}

const stateStatement = async () => {
  await keepEnqueued()
  await sql()`update zones set settings = settings || ${sql().json(PATIENCE)}`
  const tables = await sql()<{ name: string }[]>`
    select table_name as name from information_schema.tables
    where table_schema = 'public' and table_type = 'BASE TABLE' order by table_name`
  return tables
    .map(({ name }) => name)
    .filter((name) => !LEFT_OUT.includes(name))
    .map((name) => {
      if (name === 'events')
        return `select 'events' as name, count(*)::text as state from events where type <> '${MOVED}'`
      const moving = MOVING[name]
      const row = moving ? `(to_jsonb(t) - '{${moving}}'::text[])::text` : 't::text'
      const sum = `coalesce(md5(string_agg(${row}, '|' order by ${row})), '')`
      return `select '${name}' as name, count(*) || ' ' || ${sum} as state from ${name} t`
    })
    .join(' union all ')
}

/** The tables that differ. */
export const changedTables = (before: MarketState, after: MarketState): string[] =>
  Object.keys(after).filter((name) => after[name] !== before[name])
