import type { ChefMenus, MenuItem } from '#modules/api/menus/schema'
import { SPECIAL_PREFIX, type Special } from './basket.ts'
import type { Session } from './plan.ts'
import { refused, type World } from './world.ts'

/** Dishes of which there are fewer than people who come for them at the same moment. Taken off the menu afterwards. */

const PRICE_CENTS = 2_400
const PREP_MINUTES = 12

export const addSpecials = async (world: World, sessions: readonly Session[]): Promise<Map<string, Special>> => {
  const kitchens = [...world.kitchens.values()]
  const specials = new Map<string, Special>()
  for (const { rush } of sessions) {
    if (!rush || specials.has(rush.name)) continue
    const kitchen = kitchens[rush.kitchen % kitchens.length]!
    const params = { chefId: kitchen.chefId }
    const menus = await kitchen.account.call<ChefMenus>('GET', '/chefs/:chefId/menu', { params })
    const menuId = menus.body.menus?.[0]?.id
    if (menuId === undefined) continue
    const made = await kitchen.account.call<MenuItem>('POST', '/chefs/:chefId/menus/:menuId/items', {
      params: { ...params, menuId },
      body: {
        name: `${SPECIAL_PREFIX}${world.run}: ${rush.name}`,
        priceCents: PRICE_CENTS,
        prepMinutes: PREP_MINUTES,
        portionsPerDay: rush.portions,
      },
    })
    if (made.status !== 201) {
      refused(world, `${kitchen.name} adds a special`, made)
      continue
    }
    kitchen.prepMinutes.set(made.body.id, PREP_MINUTES)
    specials.set(rush.name, { kitchen, menuId, itemId: made.body.id, portions: rush.portions })
  }
  return specials
}

export const removeSpecials = async (specials: ReadonlyMap<string, Special>) => {
  for (const { kitchen, menuId, itemId } of specials.values()) {
    const params = { chefId: kitchen.chefId, menuId, itemId }
    await kitchen.account.call('DELETE', '/chefs/:chefId/menus/:menuId/items/:itemId', { params })
  }
}
