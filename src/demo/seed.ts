import { inTransaction, type Sql } from '#core/database'
import { newId } from '#core/ids'
import { polygonText } from '#core/zones'
import { ARGON2ID } from '#modules/api/identity/passwords'
import { type DemoCity, type DemoKitchen, demoCity, readNetwork } from './city.ts'

export const DEMO_PASSWORD = 'Password123!'
export const DEMO_ADMIN = 'admin@test.com'

/** Fills an empty database with the demo city. Returns false when it is there already. Never for production. */
export const seedDemoCity = async (sql: Sql, now: Date) => {
  const [found] = await sql`select from users where email = ${DEMO_ADMIN}`
  if (found) return false
  const city = demoCity(await readNetwork())
  // One hash for all: the password is public, and hashing it for each account would take seconds.
  const passwordHash = await Bun.password.hash(DEMO_PASSWORD, ARGON2ID)
  await inTransaction(sql, (tx) => insertCity(tx, city, passwordHash, now))
  return true
}

const insertCity = async (tx: Sql, city: DemoCity, passwordHash: string, now: Date) => {
  const person = insertPerson(tx, passwordHash, now)
  const zoneId = newId()
  await tx`
    insert into zones (id, slug, name, area, currency, time_zone, created_at)
    values (${zoneId}, ${city.zone.slug}, ${city.zone.name}, ${polygonText(city.zone.polygon)}::text::polygon,
      ${city.zone.currency}, ${city.zone.timeZone}, ${now})`
  await person({ email: DEMO_ADMIN, firstName: 'Ada', lastName: 'Admin', phoneNumber: null }, 'admin')
  for (const customer of city.customers) await person(customer, 'customer')
  for (const kitchen of city.kitchens) {
    await insertKitchen(tx, kitchen, await person(kitchen, 'chef'), zoneId, city.zone.timeZone, now)
  }
  for (const driver of city.drivers) {
    const userId = await person(driver, 'driver')
    const driverId = newId()
    await tx`
      insert into drivers (id, user_id, vehicle_type, verification_status, created_at)
      values (${driverId}, ${userId}, ${driver.vehicleType}, 'approved', ${now})`
  }
}

type Person = { email: string; firstName: string; lastName: string; phoneNumber: string | null }

const insertPerson = (tx: Sql, passwordHash: string, now: Date) => async (person: Person, role: string) => {
  const id = newId()
  await tx`
    insert into users (id, email, password_hash, first_name, last_name, phone_number, role, email_verified_at, created_at)
    values (${id}, ${person.email}, ${passwordHash}, ${person.firstName}, ${person.lastName}, ${person.phoneNumber},
      ${role}, ${now}, ${now})`
  return id
}

const insertKitchen = async (
  tx: Sql,
  kitchen: DemoKitchen,
  userId: string,
  zoneId: string,
  timeZone: string,
  now: Date,
) => {
  const chefId = newId()
  const { street, city, postalCode, coordinates } = kitchen.address
  await tx`
    insert into chefs (id, user_id, zone_id, name, description, cuisines, street, city, postal_code, location, time_zone,
      minimum_order_cents, delivery_radius_meters, verification_status, created_at)
    values (${chefId}, ${userId}, ${zoneId}, ${kitchen.name}, ${kitchen.description}, ${kitchen.cuisines}, ${street},
      ${city}, ${postalCode}, point(${coordinates.lng}, ${coordinates.lat}), ${timeZone}, ${kitchen.minimumOrderCents},
      ${kitchen.deliveryRadiusMeters}, 'approved', ${now})`
  for (const [position, menu] of kitchen.menus.entries()) {
    const menuId = newId()
    await tx`
      insert into menus (id, chef_id, name, description, position, created_at)
      values (${menuId}, ${chefId}, ${menu.name}, ${menu.description}, ${position}, ${now})`
    for (const [place, item] of menu.items.entries()) {
      await tx`
        insert into menu_items (id, menu_id, chef_id, name, description, price_cents, prep_minutes, dietary_tags,
          allergens, portions_per_day, position, created_at)
        values (${newId()}, ${menuId}, ${chefId}, ${item.name}, ${item.description}, ${item.priceCents},
          ${item.prepMinutes}, ${item.dietaryTags}, ${item.allergens}, ${item.portionsPerDay}, ${place}, ${now})`
    }
  }
}
