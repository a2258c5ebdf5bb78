import type { LatLng } from '#core/geo'
import type { FoundChef } from '#modules/api/chefs/schema'
import type { ChefMenus, MenuItem } from '#modules/api/menus/schema'
import type { Account } from './account.ts'
import type { Rush } from './plan.ts'
import type { Random } from './random.ts'
import { type Kitchen, refused, type World } from './world.ts'

/** How a customer comes to a kitchen and to what is ordered there. */

export type Line = { menuItemId: string; quantity: number; notes?: string }
export type Basket = { kitchen: Kitchen; items: Line[] }

const RADIUS_KM = 10
const PAGE = 20
const FILTERED_SHARE = 0.25
/** How much less the next kitchen of a list is chosen than the one before. */
const RANK_WEIGHT = 0.85
const NOTES = ['No onions, please', 'Extra spicy', 'Less salt']
const LINES_MAX = 12
const PRICE_MARGIN_CENTS = 1

export type Taste = { world: World; account: Account; random: Random; place: LatLng; avoid: ReadonlySet<string> }

/** Looks around and picks a kitchen that delivers here; undefined when there is none. */
export const chooseKitchen = async (taste: Taste): Promise<Kitchen | undefined> => {
  const { random } = taste
  const filter = random.chance(FILTERED_SHARE) ? drawFilter(random) : {}
  const found = await search(taste, filter)
  const kitchens = found.length > 0 || Object.keys(filter).length === 0 ? found : await search(taste, {})
  if (kitchens.length === 0) return undefined
  return random.weighted(kitchens, (_, rank) => RANK_WEIGHT ** rank)
}

const drawFilter = (random: Random): Record<string, string> =>
  random.pick<Record<string, string>>([
    { dietary: 'vegetarian' },
    { dietary: 'halal' },
    { cuisine: 'thai' },
    { q: 'soup' },
    { q: 'chicken' },
    { sort: 'eta' },
    { sort: 'rating' },
  ])

const search = async ({ world, account, place, avoid }: Taste, filter: Record<string, string>) => {
  const query = {
    lat: place.lat.toFixed(5),
    lng: place.lng.toFixed(5),
    radiusKm: RADIUS_KM,
    limit: PAGE,
    openNow: 'true',
    ...filter,
  }
  const reply = await account.call<{ data: FoundChef[] }>('GET', '/chefs', { query })
  if (reply.status !== 200) {
    refused(world, 'a customer looks for kitchens', reply)
    return []
  }
  return reply.body.data.flatMap((chef) => {
    const kitchen = world.kitchens.get(chef.id)
    return kitchen && chef.deliversHere && chef.isOpen && !avoid.has(chef.id) ? [kitchen] : []
  })
}

/** Reads the menu and fills a basket that comes to the minimum; undefined when that cannot be done. */
export const fillBasket = async ({ world, account, random }: Taste, kitchen: Kitchen): Promise<Basket | undefined> => {
  const params = { chefId: kitchen.chefId }
  const reply = await account.call<ChefMenus>('GET', '/chefs/:chefId/menu', { params })
  if (reply.status !== 200) {
    refused(world, 'a customer reads a menu', reply)
    return undefined
  }
  const items = reply.body.menus.flatMap((menu) => menu.items).filter((item) => item.isAvailable && !isSpecial(item))
  const wanted = random.shuffled(items).slice(0, random.int(1, 3))
  if (wanted.length === 0) return undefined
  const lines = new Map<MenuItem, number>(wanted.map((item) => [item, random.chance(0.25) ? 2 : 1]))
  for (let i = 0; i < LINES_MAX && costOf(lines) < kitchen.minimumOrderCents + PRICE_MARGIN_CENTS; i++) {
    const item = wanted[i % wanted.length]!
    lines.set(item, lines.get(item)! + 1)
  }
  return {
    kitchen,
    items: [...lines].map(([item, quantity]) => ({ menuItemId: item.id, quantity, ...notesOf(random) })),
  }
}

const notesOf = (random: Random) => (random.chance(0.1) ? { notes: random.pick(NOTES) } : {})

const costOf = (lines: ReadonlyMap<MenuItem, number>) =>
  [...lines].reduce((sum, [item, quantity]) => sum + item.priceCents * quantity, 0)

/** The dishes of the rush are left to those who come for them. */
export const SPECIAL_PREFIX = 'Special '
const isSpecial = ({ name }: MenuItem) => name.startsWith(SPECIAL_PREFIX)

/** A dish of which there are few, with the kitchen that offers it. */
export type Special = { kitchen: Kitchen; menuId: string; itemId: string; portions: number }

/** Just the special: whoever is too late chooses again. */
export const rushBasket = (specials: ReadonlyMap<string, Special>, rush: Rush | null): Basket | undefined => {
  const special = rush && specials.get(rush.name)
  return special ? { kitchen: special.kitchen, items: [{ menuItemId: special.itemId, quantity: 1 }] } : undefined
}
