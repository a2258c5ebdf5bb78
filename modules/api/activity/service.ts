import { addSeconds } from '#core/clock'
import { database } from '#core/database'
import { type DriverActivity, hourlyCents, idleShareOf, readActivity } from '#core/driver-activity'
import { Id } from '#core/ids'
import { decodeCursor, pageFrom } from '#core/pagination'
import { invalid, notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import * as queries from './queries.ts'
import type { Activity, Period, ZoneActivity, ZonePeriod } from './schema.ts'

const DAY_SECONDS = 86_400
const PERIOD_DAYS_DEFAULT = 7
const PERIOD_DAYS_MAX = 92

export const myActivity = async (actor: Actor, period: Period, now: Date): Promise<Activity> => {
  const driverId = await queries.findDriverIdOfUser(database.sql, actor.userId)
  if (!driverId) throw notFound('driver')
  const { from, to } = boundsOf(period, now)
  const [row] = await readActivity(database.sql, [driverId], from, to)
  return { from: from.toISOString(), to: to.toISOString(), ...figuresOf(row ?? nothingOf(driverId)) }
}

export const zoneActivity = async (zoneId: string, period: ZonePeriod, now: Date): Promise<ZoneActivity> => {
  if (!(await queries.isZone(database.sql, zoneId))) throw notFound('zone')
  const { from, to } = boundsOf(period, now)
  const { cursor, limit } = period
  const rows = await queries.findDriversOfZone(database.sql, zoneId, from, to, decodeCursor(cursor, Id), limit + 1)
  const page = pageFrom(rows, limit, ({ id }) => id)
  const ids = page.data.map(({ id }) => id)
  const known = new Map((await readActivity(database.sql, ids, from, to)).map((row) => [row.driverId, row]))
  const data = page.data.map(({ id, firstName, vehicleType }) => ({
    driverId: id,
    firstName,
    vehicleType,
    ...figuresOf(known.get(id) ?? nothingOf(id)),
  }))
  return { from: from.toISOString(), to: to.toISOString(), data, nextCursor: page.nextCursor }
}

/** Nothing is known of the future: it ends now. */
const boundsOf = (period: Period, now: Date) => {
  const to = period.to && Date.parse(period.to) < now.getTime() ? new Date(period.to) : now
  const from = period.from ? new Date(period.from) : addSeconds(to, -PERIOD_DAYS_DEFAULT * DAY_SECONDS)
  if (from >= to) throw invalid('from', 'must be before its end')
  if (to.getTime() - from.getTime() > PERIOD_DAYS_MAX * DAY_SECONDS * 1000)
    throw invalid('from', `must be at most ${PERIOD_DAYS_MAX} days before its end`)
  return { from, to }
}

const nothingOf = (driverId: string): DriverActivity => ({
  driverId,
  onDutySeconds: 0,
  activeSeconds: 0,
  idleSeconds: 0,
  deliveryCount: 0,
  earnings: [],
})

const figuresOf = (row: DriverActivity) => ({
  onDutySeconds: row.onDutySeconds,
  activeSeconds: row.activeSeconds,
  idleSeconds: row.idleSeconds,
  idleShare: Math.round(idleShareOf(row) * 1_000) / 1_000,
  deliveryCount: row.deliveryCount,
  earnings: row.earnings.map(({ currency, cents }) => ({
    currency,
    earnedCents: cents,
    perActiveHourCents: hourlyCents(cents, row.activeSeconds),
    perDutyHourCents: hourlyCents(cents, row.onDutySeconds),
  })),
})
