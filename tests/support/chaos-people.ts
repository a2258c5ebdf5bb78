/** Many people at once, written straight into the database: a chaos test is about what happens to their orders. */
import { parseConfig, setConfig } from '#core/config'
import { newId } from '#core/ids'
import { type Role, signAccessToken } from '#core/tokens'
import { polygonText } from '#core/zones'
import type { ChaosSql } from './chaos-postgres'
import { jwtKeys } from './chaos-server'

export type Person = { userId: string; token: string }
export type Cook = Person & { chefId: string; itemId: string }
export type Courier = Person & { driverId: string }
export type Town = { zoneId: string; admin: Person; customers: Person[]; cooks: Cook[]; couriers: Courier[] }

export const kitchen = { lat: 57.7, lng: 11.97 }
const door = { lat: 57.705, lng: 11.975 }
const corners = [
  { lat: 57.6, lng: 11.8 },
  { lat: 57.6, lng: 12.2 },
  { lat: 57.8, lng: 12.2 },
  { lat: 57.8, lng: 11.8 },
]
const portionsPerDay = 10_000

type TownSize = { customers?: number; cooks?: number; couriers?: number; settings?: Record<string, unknown> }

/** Drivers are asked as soon as there is somebody, not only when he has to set out. */
const asksAtOnce = { offerLeadSeconds: 7_200 }

/** A zone with people in it. Nobody can sign in with a password; all have a token. */
export const settleTown = async (sql: ChaosSql, size: TownSize = {}): Promise<Town> => {
  setConfig(parseConfig({ NODE_ENV: 'test', JWT_KEYS: jwtKeys }))
  const { customers = 4, cooks = 2, couriers = 0, settings = {} } = size
  const zoneId = newId()
  await sql`
    insert into zones (id, slug, name, area, currency, time_zone, settings, created_at)
    values (${zoneId}, 'chaos', 'Chaos', ${polygonText(corners)}::text::polygon, 'USD', 'Europe/Stockholm',
      ${sql.json({ ...asksAtOnce, ...settings } as never)}, now())`
  return {
    zoneId,
    admin: await person(sql, 'admin'),
    customers: await many(customers, () => person(sql, 'customer')),
    cooks: await many(cooks, () => cook(sql, zoneId)),
    couriers: await many(couriers, () => courier(sql)),
  }
}

const many = async <T>(count: number, make: () => Promise<T>): Promise<T[]> => {
  const made: T[] = []
  while (made.length < count) made.push(await make())
  return made
}

const person = async (sql: ChaosSql, role: Role): Promise<Person> => {
  const userId = newId()
  await sql`
    insert into users (id, email, password_hash, first_name, last_name, role, created_at)
    values (${userId}, ${`${role}-${userId}@example.com`}, 'none', 'Nora', 'Test', ${role}, now())`
  return { userId, token: await signAccessToken({ userId, role }) }
}

/** An approved kitchen with one dish at 1200 cents, of which there are many but not endless portions. */
const cook = async (sql: ChaosSql, zoneId: string): Promise<Cook> => {
  const who = await person(sql, 'chef')
  const [chefId, menuId, itemId] = [newId(), newId(), newId()]
  await sql`
    insert into chefs (id, user_id, zone_id, name, street, city, postal_code, location, time_zone, verification_status,
      created_at)
    values (${chefId}, ${who.userId}, ${zoneId}, 'Mai''s kitchen', 'Testgatan 1', 'Göteborg', '411 01',
      point(${kitchen.lng}, ${kitchen.lat}), 'Europe/Stockholm', 'approved', now())`
  await sql`insert into menus (id, chef_id, name, created_at) values (${menuId}, ${chefId}, 'Menu', now())`
  await sql`
    insert into menu_items (id, menu_id, chef_id, name, price_cents, prep_minutes, portions_per_day, created_at)
    values (${itemId}, ${menuId}, ${chefId}, 'Khao soi', 1200, 15, ${portionsPerDay}, now())`
  return { ...who, chefId, itemId }
}

/** Approved and on duty; where he is, a server has to be told over HTTP. */
export const courier = async (sql: ChaosSql): Promise<Courier> => {
  const who = await person(sql, 'driver')
  const driverId = newId()
  await sql`
    insert into drivers (id, user_id, vehicle_type, verification_status, is_available, available_since, created_at)
    values (${driverId}, ${who.userId}, 'bike', 'approved', true, now(), now())`
  return { ...who, driverId }
}

/** The body of an order; its total is 2 · 1200 + 8 % tax + 500 delivery + tip. */
export const orderOf = ({ chefId, itemId }: Cook, quantity = 2) => ({
  chefId,
  items: [{ menuItemId: itemId, quantity }],
  deliveryAddress: { street: 'Testgatan 1', city: 'Göteborg', postalCode: '411 01', coordinates: door },
  tipCents: 100,
})
