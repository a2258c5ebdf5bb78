import { database, type Sql } from '#core/database'
import type { MarketJob } from '#core/jobs'
import { DOOR_SECONDS } from './eta/estimate.ts'
import {
  BELIEFS,
  type Cell,
  HALF_LIFE_DAYS,
  KINDS,
  type Kind,
  type Learned,
  learn,
  RECENT_HALF_LIFE_SECONDS,
  RECENT_SECONDS,
  STILL_WAITING_FACTOR,
  STILL_WAITING_SECONDS,
  WAIT_OFFSET_SECONDS,
  withRecent,
} from './eta/learning.ts'

/**
 * Learns how long things take from what is on record of orders, by the times that were written with them. Each run begins
 * anew: all of the past that still counts is summed up by the database, and what follows of it is written.
 */

/** Four half-lives: what is older counts a sixteenth at most. */
const HISTORY_DAYS = 4 * HALF_LIFE_DAYS

const ageWeight = (sql: Sql, now: Date) =>
  sql`power(0.5, greatest(0, extract(epoch from ${now}::timestamptz - at)) / ${HALF_LIFE_DAYS * 86_400}::float8)`

/** Observations of a kind: `zone_id, chef_id, hour_at` (whose hour of the day it belongs to), `at`, and `x`. */
const observations: Record<Kind, (sql: Sql, since: Date, now: Date) => ReturnType<Sql>> = {
  preparation: (sql, since, now) => sql`
    select zone_id, chef_id, accepted_at as hour_at, ready_at as at, greatest(-2, least(2,
      ln((greatest(0, extract(epoch from ready_at - accepted_at)) + 60) / (prep_seconds + 60)::float8))) as x
    from orders
    where prep_seconds is not null and ready_at >= ${since} and ready_at <= ${now}
      and (status = 'ready_for_pickup' or picked_up_at is not null)`,
  wait: (sql, since, now) => sql`
    select zone_id, null::uuid as chef_id, ready_at as hour_at, coalesce(picked_up_at, ${now}) as at,
      ln(greatest(0, extract(epoch from coalesce(picked_up_at, ${now}) - ready_at))
        * case when picked_up_at is null then ${STILL_WAITING_FACTOR}::float8 else 1 end + ${WAIT_OFFSET_SECONDS}) as x
    from orders
    where prep_seconds is not null and ready_at >= ${since} and ready_at <= ${now} and (picked_up_at is not null
      or status = 'ready_for_pickup' and ready_at < ${now}::timestamptz - ${STILL_WAITING_SECONDS} * interval '1 second')`,
  // Who has another order on board may have gone somewhere else first.
  ride: (sql, since, now) => sql`
    select o.zone_id, null::uuid as chef_id, o.picked_up_at as hour_at, o.delivered_at as at, greatest(-2, least(2,
      ln((greatest(0, extract(epoch from o.delivered_at - o.picked_up_at)) + 60)
        / (o.travel_seconds + ${DOOR_SECONDS + 60})::float8))) as x
    from orders o join deliveries d on d.order_id = o.id
    where o.prep_seconds is not null and o.ready_at >= ${since} and o.ready_at <= ${now} and o.travel_seconds is not null
      and o.delivered_at is not null and not exists (select from deliveries other
        where other.driver_id = d.driver_id and other.order_id <> d.order_id
          and other.assigned_at < o.delivered_at and other.delivered_at > o.picked_up_at)`,
}

/** What was on record by `now`, summed up. */
export const readCells = (sql: Sql, kind: Kind, now: Date) => {
  const since = new Date(now.getTime() - HISTORY_DAYS * 86_400_000)
  return sql<Cell[]>`
    select zone_id, chef_id, extract(hour from hour_at at time zone z.time_zone)::integer as hour,
      sum(w)::float8 as weight, sum(w * x)::float8 as sum, sum(w * x * x)::float8 as squares
    from (select *, ${ageWeight(sql, now)} as w from (${observations[kind](sql, since, now)}) seen) weighed
      join zones z on z.id = weighed.zone_id
    group by 1, 2, 3`
}

/** What the last two hours tell, in this hour's cell of each zone. */
const readRecent = (sql: Sql, kind: 'wait' | 'ride', now: Date) => {
  const since = new Date(now.getTime() - RECENT_SECONDS * 1000)
  return sql<Cell[]>`
    select zone_id, null as chef_id, extract(hour from ${now}::timestamptz at time zone z.time_zone)::integer as hour,
      sum(w)::float8 as weight, sum(w * x)::float8 as sum, sum(w * x * x)::float8 as squares
    from (select *, power(0.5, extract(epoch from ${now}::timestamptz - at) / ${RECENT_HALF_LIFE_SECONDS}::float8) as w
      from (${observations[kind](sql, since, now)}) seen) weighed
      join zones z on z.id = weighed.zone_id
    group by 1, 2, 3`
}

const ROWS_PER_STATEMENT_MAX = 2_000

const writeLearned = async (sql: Sql, kind: Kind, learned: readonly Learned[], now: Date) => {
  for (let from = 0; from < learned.length; from += ROWS_PER_STATEMENT_MAX) {
    const rows = learned.slice(from, from + ROWS_PER_STATEMENT_MAX)
    await sql`
      insert into eta_estimates (kind, zone_id, chef_id, hour, weight, mean, spread, learned_at)
      select ${kind}, "zoneId", "chefId", hour, weight, mean, spread, ${now}
      from json_to_recordset(${sql.json(rows as never)}::json) as r
        ("zoneId" uuid, "chefId" uuid, hour smallint, weight float8, mean float8, spread float8)
      on conflict (kind, zone_id, chef_id, hour) do update set weight = excluded.weight, mean = excluded.mean,
        spread = excluded.spread, learned_at = excluded.learned_at`
  }
  // Of which nothing is on record any more.
  await sql`delete from eta_estimates where kind = ${kind} and learned_at < ${now}`
}

export const learnTimes = async (now: Date): Promise<number> => {
  let count = 0
  for (const kind of KINDS) {
    const cells = await readCells(database.sql, kind, now)
    const usual = learn(cells, BELIEFS[kind])
    const recent = kind === 'preparation' ? [] : await readRecent(database.sql, kind, now)
    const learned = withRecent(usual, recent, BELIEFS[kind])
    await writeLearned(database.sql, kind, learned, now)
    count += learned.length
  }
  return count
}

const LEARN_EVERY_MS = 300_000

export const learnTimesJob: MarketJob = { name: 'learn-times', per: 'market', everyMs: LEARN_EVERY_MS, run: learnTimes }
