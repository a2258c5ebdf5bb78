import type { Sql } from '#core/database'

export type ZoneDriverRow = { id: string; firstName: string; vehicleType: string }

/** Drivers who brought something in a zone in that time, or whose newest fix of that time is within it. */
export const findDriversOfZone = (
  sql: Sql,
  zoneId: string,
  from: Date,
  to: Date,
  beforeId: string | undefined,
  limit: number,
) => sql<ZoneDriverRow[]>`
  select v.id, u.first_name, v.vehicle_type from drivers v join users u on u.id = v.user_id
  where ${beforeId ? sql`v.id < ${beforeId} and` : sql``} (
    exists (select from deliveries d
      where d.driver_id = v.id and d.zone_id = ${zoneId} and d.assigned_at < ${to}
        and case d.status when 'failed' then d.assigned_at else coalesce(d.delivered_at, ${to}) end >= ${from})
    or exists (select from driver_positions p join zones z
      on z.id = ${zoneId} and z.area @> point((p.fix ->> 'lng')::float8, (p.fix ->> 'lat')::float8)
      where p.driver_id = v.id and p.recorded_at >= ${from} and p.recorded_at < ${to}))
  order by v.id desc limit ${limit}`

export const isZone = async (sql: Sql, zoneId: string): Promise<boolean> =>
  (await sql`select id from zones where id = ${zoneId}`).length === 1

export const findDriverIdOfUser = async (sql: Sql, userId: string): Promise<string | undefined> => {
  const [row] = await sql<{ id: string }[]>`select id from drivers where user_id = ${userId}`
  return row?.id
}
