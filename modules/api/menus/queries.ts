import type { Sql } from '#core/database'
import type { Menu, MenuItem } from './schema.ts'

export type StoredMenus = { userId: string; verificationStatus: string; timeZone: string; menus: Menu[] }

/** All menus of a kitchen, in one statement, before any portions are taken. Undefined: no such kitchen. */
export const findMenus = async (sql: Sql, chefId: string) => {
  const [row] = await sql<StoredMenus[]>`
    select c.user_id, c.verification_status, c.time_zone, coalesce((
      select json_agg(json_build_object('id', m.id, 'name', m.name, 'description', m.description, 'items', coalesce((
          select json_agg(json_build_object('id', i.id, 'name', i.name, 'description', i.description,
            'priceCents', i.price_cents, 'prepMinutes', i.prep_minutes, 'dietaryTags', i.dietary_tags,
            'allergens', i.allergens, 'isAvailable', i.is_available and coalesce(i.portions_per_day > 0, true),
            'portionsPerDay', i.portions_per_day, 'portionsLeft', i.portions_per_day
          ) order by i.position, i.id)
          from menu_items i where i.menu_id = m.id and i.deleted_at is null), '[]'::json)
        ) order by m.position, m.id)
      from menus m where m.chef_id = c.id and m.deleted_at is null), '[]'::json) as menus
    from chefs c where c.id = ${chefId}`
  return row
}

export type ReservedRow = { itemId: string; reservedCount: number }

/** Portions taken of items, each on the day beside it, of those that have any. */
export const findReserved = (sql: Sql, itemIds: readonly string[], days: readonly string[]) =>
  sql<ReservedRow[]>`
    select item_id, reserved_count
    from unnest(${itemIds as string[]}::uuid[], ${days as string[]}::text[]::date[]) as wanted (id, on_day)
    join item_portions p on p.item_id = wanted.id and p.day = wanted.on_day`

/** How much a kitchen sells already: its menus, and the items of one of them. */
export const countMenus = async (sql: Sql, chefId: string, menuId: string | null = null) => {
  const [row] = await sql<{ menus: number; items: number }[]>`
    select (select count(*) from menus where chef_id = ${chefId} and deleted_at is null)::integer as menus,
      (select count(*) from menu_items where menu_id = ${menuId} and deleted_at is null)::integer as items`
  return row!
}

type MenuRow = { id: string; name: string; description: string }

export const insertMenu = async (
  sql: Sql,
  menu: { id: string; chefId: string; name: string; description: string; position: number; now: Date },
) => {
  const [row] = await sql<MenuRow[]>`
    insert into menus (id, chef_id, name, description, position, created_at)
    values (${menu.id}, ${menu.chefId}, ${menu.name}, ${menu.description}, ${menu.position}, ${menu.now})
    returning id, name, description`
  return row!
}

export const updateMenu = async (
  sql: Sql,
  chefId: string,
  menuId: string,
  change: { name?: string; description?: string; position?: number },
) => {
  const [row] = await sql<MenuRow[]>`
    update menus set name = coalesce(${change.name ?? null}, name),
      description = coalesce(${change.description ?? null}, description),
      position = coalesce(${change.position ?? null}, position)
    where id = ${menuId} and chef_id = ${chefId} and deleted_at is null
    returning id, name, description`
  return row
}

export const deleteMenu = async (sql: Sql, chefId: string, menuId: string, now: Date) => {
  const [row] = await sql<{ id: string }[]>`
    with gone as (
      update menus set deleted_at = ${now} where id = ${menuId} and chef_id = ${chefId} and deleted_at is null returning id
    ), items as (
      update menu_items set deleted_at = ${now} where menu_id in (select id from gone) and deleted_at is null
    )
    select id from gone`
  return row
}

/** So that the menus of a kitchen are added one after the other. Orders of it, which refer to the row, do not wait. */
export const lockKitchen = (sql: Sql, chefId: string) =>
  sql`select id from chefs where id = ${chefId} for no key update`

/** So that an item cannot be added while its menu is being deleted, nor two at once past the limit. */
export const lockMenu = async (sql: Sql, chefId: string, menuId: string) => {
  const [row] = await sql<{ id: string }[]>`
    select id from menus where id = ${menuId} and chef_id = ${chefId} and deleted_at is null for no key update`
  return row
}

export type ItemColumns = {
  name: string
  description: string
  priceCents: number
  prepMinutes: number
  dietaryTags: string[]
  allergens: string[]
  isAvailable: boolean
  portionsPerDay: number | null
  position: number
}

export const insertItem = (
  sql: Sql,
  item: ItemColumns & { id: string; menuId: string; chefId: string; now: Date },
) => sql`
  insert into menu_items (id, menu_id, chef_id, name, description, price_cents, prep_minutes, dietary_tags, allergens,
    is_available, portions_per_day, position, created_at)
  values (${item.id}, ${item.menuId}, ${item.chefId}, ${item.name}, ${item.description}, ${item.priceCents},
    ${item.prepMinutes}, ${item.dietaryTags}, ${item.allergens}, ${item.isAvailable}, ${item.portionsPerDay},
    ${item.position}, ${item.now})`

export const updateItem = async (
  sql: Sql,
  chefId: string,
  menuId: string,
  itemId: string,
  change: Partial<ItemColumns>,
) => {
  const [row] = await sql<{ id: string }[]>`
    update menu_items set
      name = coalesce(${change.name ?? null}, name),
      description = coalesce(${change.description ?? null}, description),
      price_cents = coalesce(${change.priceCents ?? null}, price_cents),
      prep_minutes = coalesce(${change.prepMinutes ?? null}, prep_minutes),
      dietary_tags = coalesce(${change.dietaryTags ?? null}, dietary_tags),
      allergens = coalesce(${change.allergens ?? null}, allergens),
      is_available = coalesce(${change.isAvailable ?? null}, is_available),
      portions_per_day = case when ${change.portionsPerDay !== undefined} then ${change.portionsPerDay ?? null}
        else portions_per_day end,
      position = coalesce(${change.position ?? null}, position)
    where id = ${itemId} and menu_id = ${menuId} and chef_id = ${chefId} and deleted_at is null
    returning id`
  return row
}

export const deleteItem = async (sql: Sql, chefId: string, menuId: string, itemId: string, now: Date) => {
  const [row] = await sql<{ id: string }[]>`
    update menu_items set deleted_at = ${now}
    where id = ${itemId} and menu_id = ${menuId} and chef_id = ${chefId} and deleted_at is null returning id`
  return row
}

export const itemOf = (menus: readonly Menu[], itemId: string): MenuItem | undefined =>
  menus.flatMap(({ items }) => items).find(({ id }) => id === itemId)
