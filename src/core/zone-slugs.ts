import type { Sql } from '#core/database'

/** Slugs of zones as labels of metrics: few, and readable; an id would be neither. Read with the market's figures. */
const slugs = new Map<string, string>()

export const UNKNOWN_ZONE = 'unknown'

/** A zone that was made since the last reading is `unknown` until the next. */
export const zoneSlug = (zoneId: string): string => slugs.get(zoneId) ?? UNKNOWN_ZONE

export const readZoneSlugs = async (sql: Sql): Promise<void> => {
  for (const { id, slug } of await sql<{ id: string; slug: string }[]>`select id, slug from zones`) slugs.set(id, slug)
}
