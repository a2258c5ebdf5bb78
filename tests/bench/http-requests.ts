/** What is asked of the server: thousands of different requests a kind, in files that requests.lua reads. */
import { join } from 'node:path'
import { distanceMeters, isInside, type LatLng } from '#core/geo'
import { polygonOf } from '#core/zones'
import { type DemoAddress, demoCity, readNetwork } from '#demo/city'
import type { Customer } from './customers.ts'
import { BARE_ROWS, type Database, type Stack } from './stack.ts'

const SEARCHES = 4_000
const ORDERS = 4_000
const SEARCH_LIMIT = 20
const DROPOFF_METERS_MAX = 3_000
const LINES_PER_ORDER_MAX = 3
const ZONE_MINIMUM_CENTS = 1_000

export type RequestFiles = Record<'rows' | 'chefs' | 'menus' | 'orders' | 'mix', string>

type Request = { method?: string; path: string; token?: string; body?: unknown }

export const writeRequests = async ({ dir, sql }: Stack, customers: readonly Customer[]): Promise<RequestFiles> => {
  const kitchens = await findKitchens(sql)
  const rows = Array.from({ length: BARE_ROWS }, (_, index) => ({ path: `/rows/${index + 1}` }))
  const chefs = await searches(sql)
  const menus = kitchens.map(({ id }) => ({ path: `/chefs/${id}/menu` }))
  const orders = await newOrders(kitchens, customers)
  // As often each, however many different ones there are.
  const mix = Array.from({ length: ORDERS }, () => [pick(chefs), pick(menus), pick(orders), { path: '/health' }]).flat()
  const write = async (name: string, requests: readonly Request[]) => {
    const file = join(dir, `${name}.requests`)
    await Bun.write(file, `${requests.map(lineOf).join('\n')}\n`)
    return file
  }
  return {
    rows: await write('rows', rows),
    chefs: await write('chefs', chefs),
    menus: await write('menus', menus),
    orders: await write('orders', orders),
    mix: await write('mix', mix),
  }
}

const lineOf = ({ method = 'GET', path, token = '', body }: Request) =>
  [method, path, token, body === undefined ? '' : JSON.stringify(body)].join('\t')

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)]!

/** Everywhere in the zone, its edges included, not only in the middle where most kitchens are. */
const searches = async (sql: Database): Promise<Request[]> => {
  const [zone] = await sql<{ area: string }[]>`select area from zones`
  const polygon = polygonOf(zone!.area)
  return Array.from({ length: SEARCHES }, () => {
    const { lat, lng } = pointInside(polygon)
    return { path: `/chefs?lat=${lat.toFixed(5)}&lng=${lng.toFixed(5)}&limit=${SEARCH_LIMIT}` }
  })
}

const pointInside = (polygon: readonly LatLng[]): LatLng => {
  const between = (values: number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    return low + Math.random() * (high - low)
  }
  for (;;) {
    const point = { lat: between(polygon.map(({ lat }) => lat)), lng: between(polygon.map(({ lng }) => lng)) }
    if (isInside(point, polygon)) return point
  }
}

type Item = { id: string; priceCents: number }
type Kitchen = { id: string; lat: number; lng: number; reach: number; minimum: number; items: Item[] }

const findKitchens = (sql: Database) => sql<Kitchen[]>`
  select c.id, c.location[1] as lat, c.location[0] as lng, c.delivery_radius_meters as reach,
    c.minimum_order_cents as minimum, json_agg(json_build_object('id', i.id, 'priceCents', i.price_cents)) as items
  from chefs c join menu_items i on i.chef_id = c.id group by c.id`

const newOrders = async (kitchens: readonly Kitchen[], customers: readonly Customer[]): Promise<Request[]> => {
  const { addresses } = demoCity(await readNetwork())
  const near = new Map(kitchens.map((kitchen) => [kitchen.id, addresses.filter((one) => isNear(kitchen, one))]))
  const reachable = kitchens.filter(({ id }) => near.get(id)!.length > 0)
  return Array.from({ length: ORDERS }, () => {
    const kitchen = pick(reachable)
    const body = {
      chefId: kitchen.id,
      items: basketOf(kitchen),
      deliveryAddress: pick(near.get(kitchen.id)!),
      tipCents: 200,
    }
    return { method: 'POST', path: '/orders', token: pick(customers).token, body }
  })
}

const isNear = (kitchen: Kitchen, { coordinates }: DemoAddress) =>
  distanceMeters(kitchen, coordinates) < Math.min(kitchen.reach, DROPOFF_METERS_MAX)

/** One to three dishes, then more of the first one until the kitchen's minimum is reached. */
const basketOf = ({ items, minimum }: Kitchen) => {
  const count = Math.min(1 + Math.floor(Math.random() * LINES_PER_ORDER_MAX), items.length)
  const chosen = new Set<Item>()
  while (chosen.size < count) chosen.add(pick(items))
  const [first, ...others] = [...chosen]
  const missing =
    Math.max(minimum, ZONE_MINIMUM_CENTS) - [...chosen].reduce((sum, { priceCents }) => sum + priceCents, 0)
  const quantity = 1 + Math.max(0, Math.ceil(missing / first!.priceCents))
  return [{ menuItemId: first!.id, quantity }, ...others.map(({ id }) => ({ menuItemId: id, quantity: 1 }))]
}
