import { database, type Sql } from '#core/database'
import { chefTopic, recordEvent } from '#core/events'
import { newId } from '#core/ids'
import { conflict, notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import { forgetCatalogue } from '../chefs/catalogue.ts'
import { managedChef } from '../chefs/service.ts'
import { forgetMenus, menusIn, menusNow } from './catalogue.ts'
import * as queries from './queries.ts'
import type { ItemChange, Menu, MenuChange, MenuItem, NewItem, NewMenu } from './schema.ts'

/** What a kitchen sells today, as JSON text. Kitchens that are not approved show it only to their chef and to admins. */
export const readMenus = async (viewer: Actor | undefined, chefId: string, now: Date): Promise<string> => {
  const found = await menusNow(chefId, now)
  const visible =
    found?.verificationStatus === 'approved' || viewer?.role === 'admin' || (viewer && found?.userId === viewer.userId)
  if (!found || !visible) throw notFound('chef')
  return `{"chefId":"${chefId.toLowerCase()}","menus":${found.json}}`
}

export const addMenu = (actor: Actor, chefId: string, menu: NewMenu, now: Date): Promise<Menu> =>
  changing(actor, chefId, now, async (tx) => {
    // Two that are added at once would each count without the other.
    await queries.lockKitchen(tx, chefId)
    if ((await queries.countMenus(tx, chefId)).menus >= MENUS_PER_KITCHEN_MAX)
      throw full('menus', MENUS_PER_KITCHEN_MAX)
    return { ...(await queries.insertMenu(tx, { ...menu, id: newId(), chefId, now })), items: [] }
  })

const MENUS_PER_KITCHEN_MAX = 30
const ITEMS_PER_MENU_MAX = 100

const full = (what: string, max: number) => conflict(`too-many-${what}`, `There can be at most ${max} ${what} here.`)

export const changeMenu = (
  actor: Actor,
  chefId: string,
  menuId: string,
  change: MenuChange,
  now: Date,
): Promise<Menu> =>
  changing(actor, chefId, now, async (tx) => {
    if (!(await queries.updateMenu(tx, chefId, menuId, change))) throw notFound('menu')
    return (await menusIn(tx, chefId, now)).find(({ id }) => id === menuId)!
  })

export const removeMenu = (actor: Actor, chefId: string, menuId: string, now: Date): Promise<void> =>
  changing(actor, chefId, now, async (tx) => {
    // First, so that the deletion sees an item that is just being added.
    await queries.lockMenu(tx, chefId, menuId)
    if (!(await queries.deleteMenu(tx, chefId, menuId, now))) throw notFound('menu')
  })

export const addItem = (actor: Actor, chefId: string, menuId: string, item: NewItem, now: Date): Promise<MenuItem> =>
  changing(actor, chefId, now, async (tx) => {
    if (!(await queries.lockMenu(tx, chefId, menuId))) throw notFound('menu')
    if ((await queries.countMenus(tx, chefId, menuId)).items >= ITEMS_PER_MENU_MAX)
      throw full('items', ITEMS_PER_MENU_MAX)
    const id = newId()
    await queries.insertItem(tx, { ...item, id, menuId, chefId, now })
    return queries.itemOf(await menusIn(tx, chefId, now), id)!
  })

export const changeItem = (
  actor: Actor,
  { chefId, menuId, itemId }: { chefId: string; menuId: string; itemId: string },
  change: ItemChange,
  now: Date,
): Promise<MenuItem> =>
  changing(actor, chefId, now, async (tx) => {
    if (!(await queries.updateItem(tx, chefId, menuId, itemId, change))) throw notFound('menu-item')
    return queries.itemOf(await menusIn(tx, chefId, now), itemId)!
  })

export const removeItem = (
  actor: Actor,
  { chefId, menuId, itemId }: { chefId: string; menuId: string; itemId: string },
  now: Date,
): Promise<void> =>
  changing(actor, chefId, now, async (tx) => {
    if (!(await queries.deleteItem(tx, chefId, menuId, itemId, now))) throw notFound('menu-item')
  })

/** A change of a kitchen's menus: by its chef or an admin, in one transaction, and told to those who cache it. */
const changing = async <T>(actor: Actor, chefId: string, now: Date, run: (tx: Sql) => Promise<T>): Promise<T> => {
  const result = await database.begin(async (tx) => {
    await managedChef(tx, actor, chefId)
    const changed = await run(tx)
    await recordEvent(tx, { topics: [chefTopic(chefId)], type: 'menu.changed', data: { chefId }, occurredAt: now })
    return changed
  })
  // Who has just changed a menu sees it so; other processes follow by event.
  forgetMenus(chefId)
  forgetCatalogue()
  return result
}
