import { brokenConstraint, database } from '#core/database'
import { recordEvent, zoneTopic } from '#core/events'
import { newId } from '#core/ids'
import { conflict, notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import { findZones, polygonOf, polygonText, settingsOf, type ZoneRow, type ZoneSettings } from '#core/zones'
import type { NewZone, Zone, ZoneSettingsChange } from './schema.ts'

export const listZones = async (): Promise<{ data: Zone[]; nextCursor: null }> => ({
  data: (await findZones(database.sql)).map(zoneOf),
  nextCursor: null,
})

export const createZone = async (zone: NewZone, now: Date): Promise<Zone> => {
  try {
    const [row] = await database.sql<ZoneRow[]>`
      insert into zones (id, slug, name, area, currency, time_zone, settings, created_at)
      values (${newId()}, ${zone.slug}, ${zone.name}, ${polygonText(zone.polygon)}::text::polygon, ${zone.currency},
        ${zone.timeZone}, ${database.sql.json((zone.settings ?? {}) as never)}, ${now})
      returning *`
    return zoneOf(row!)
  } catch (error) {
    if (brokenConstraint(error) === 'zones_slug_key') throw conflict('slug-taken', 'There is a zone with this slug.')
    throw error
  }
}

export const readSettings = async (zoneId: string): Promise<{ id: string; settings: ZoneSettings }> => {
  const [row] = await database.sql<ZoneRow[]>`select * from zones where id = ${zoneId}`
  if (!row) throw notFound('zone')
  return { id: row.id, settings: settingsOf(row.settings) }
}

/** Merges the change into what is stored, in one statement, and tells who changed what. */
export const changeSettings = (actor: Actor, zoneId: string, change: ZoneSettingsChange, now: Date) =>
  database.begin(async (tx) => {
    const [row] = await tx<ZoneRow[]>`
      update zones set settings = settings || ${tx.json(change as never)} where id = ${zoneId} returning *`
    if (!row) throw notFound('zone')
    await recordEvent(tx, {
      topics: [zoneTopic(zoneId)],
      type: 'zone.settings_changed',
      data: { zoneId, change, changedBy: actor.userId },
      occurredAt: now,
    })
    return { id: row.id, settings: settingsOf(row.settings) }
  })

const zoneOf = (row: ZoneRow): Zone => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  polygon: polygonOf(row.area),
  currency: row.currency,
  timeZone: row.timeZone,
})
