import { z } from 'zod'
import { batcher, REQUEST_BATCHES } from '#core/batch'
import { cache } from '#core/cache'
import { database, type Sql } from '#core/database'
import { localTime } from '../chefs/opening-hours.ts'
import { findMenus, findReserved, type ReservedRow, type StoredMenus } from './queries.ts'
import { Menu } from './schema.ts'

const KITCHENS_MAX = 2_000
const TTL_MS = 10_000
const SHARED_TTL_MS = 30_000

type Kept = StoredMenus & { json: string; limited: string[] }

const Stored = z.object({
  userId: z.string(),
  verificationStatus: z.string(),
  timeZone: z.string(),
  menus: Menu.array(),
})

/**
 * Menus as they are read again and again: kept until a menu of the kitchen changes (by event), and some seconds in any
 * case. What is left of an item today is asked of the database each time, since every order changes it.
 */
const kept = cache<StoredMenus, Kept>({
  name: 'menus-1',
  keysMax: KITCHENS_MAX,
  ttlMs: TTL_MS,
  sharedTtlMs: SHARED_TTL_MS,
  load: (chefId) => findMenus(database.sql, chefId),
  parse: (stored) => Stored.parse(stored),
  prepare: (stored) => keptOf(stored),
})

export const forgetMenus = kept.forget

export type MenusNow = { userId: string; verificationStatus: string; json: string }

/** A kitchen's menus at a moment, as the JSON text of a list. */
export const menusNow = async (chefId: string, now: Date): Promise<MenusNow | undefined> => {
  const found = await kept.get(chefId)
  if (!found || found.limited.length === 0) return found
  const { day } = localTime(now, found.timeZone)
  const reserved = await findTogether({ itemIds: found.limited, day })
  return reserved.length === 0 ? found : { ...found, json: JSON.stringify(withReserved(found.menus, reserved)) }
}

type Wanted = { itemIds: readonly string[]; day: string }

/** What is taken of several kitchens' items, asked for at once, is read by one statement. */
const findTogether = batcher<Wanted, ReservedRow[]>(async (wanted) => {
  // One moment's menus of one kitchen are often asked for by many.
  const days = new Map(wanted.flatMap(({ itemIds, day }) => itemIds.map((id) => [id, day] as const)))
  const rows = await findReserved(database.sql, [...days.keys()], [...days.values()])
  const found = new Map(rows.map((row) => [row.itemId, row]))
  return wanted.map(({ itemIds }) => ({
    status: 'fulfilled',
    value: itemIds.flatMap((id) => found.get(id) ?? []),
  }))
}, REQUEST_BATCHES)

const keptOf = (stored: StoredMenus): Kept => {
  const menus = Menu.array().parse(stored.menus)
  const limited = menus.flatMap(({ items }) => items.filter((item) => item.portionsPerDay !== null).map(({ id }) => id))
  return { ...stored, menus, limited, json: JSON.stringify(menus) }
}

/** Past the cache, within a transaction that has just changed them. */
export const menusIn = async (tx: Sql, chefId: string, now: Date): Promise<Menu[]> => {
  const { menus, timeZone } = (await findMenus(tx, chefId))!
  const ids = menus.flatMap(({ items }) => items.map(({ id }) => id))
  const { day } = localTime(now, timeZone)
  return withReserved(
    menus,
    await findReserved(
      tx,
      ids,
      ids.map(() => day),
    ),
  )
}

const withReserved = (menus: Menu[], reserved: readonly ReservedRow[]): Menu[] => {
  const counts = new Map(reserved.map(({ itemId, reservedCount }) => [itemId, reservedCount]))
  return menus.map((menu) => ({ ...menu, items: menu.items.map((item) => withCount(item, counts.get(item.id) ?? 0)) }))
}

const withCount = (item: Menu['items'][number], reservedCount: number) => {
  if (item.portionsPerDay === null) return item
  const portionsLeft = Math.max(item.portionsPerDay - reservedCount, 0)
  return { ...item, portionsLeft, isAvailable: item.isAvailable && portionsLeft > 0 }
}
