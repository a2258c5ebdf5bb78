import type { OwnChef } from '#modules/api/chefs/schema'
import type { Driver } from '#modules/api/drivers/schema'
import type { ChefMenus, Menu } from '#modules/api/menus/schema'
import type { Account } from './account.ts'
import type { Customer } from './customer.ts'
import type { HiredDriver } from './driver.ts'
import type { City, CityKitchen, Kitchen, VehicleType, World } from './world.ts'

/** Who works in the simulated day: the demo's accounts, and new ones where those are missing or not enough. */

/** The day cannot begin; says what to do about it. */
export class CannotBegin extends Error {}

export const ADMIN_EMAIL = 'admin@test.com'

/** The demo's admin, where there is one. */
export const findAdmin = async (world: World): Promise<Account | undefined> => {
  const admin = world.account(ADMIN_EMAIL)
  return (await admin.canSignIn()) ? admin : undefined
}

export const openKitchenOf = async (world: World, plan: CityKitchen, admin: Account | undefined): Promise<Kitchen> => {
  const known = world.account(plan.email)
  const account = (await known.canSignIn()) ? known : await registerChef(world, plan, admin)
  const own = await account.call<OwnChef>('GET', '/chefs/me')
  if (own.status !== 200) throw new CannotBegin(`${plan.email} has no kitchen: ${own.status} ${own.slug}`)
  const { id: chefId, name, minimumOrderCents, timeZone, verificationStatus } = own.body
  if (verificationStatus !== 'approved') throw new CannotBegin(`The kitchen of ${plan.email} is ${verificationStatus}.`)
  const menu = await account.call<ChefMenus>('GET', '/chefs/:chefId/menu', { params: { chefId } })
  if (menu.status !== 200) throw new CannotBegin(`The menu of ${name} cannot be read: ${menu.status} ${menu.slug}`)
  const prepMinutes = new Map(
    menu.body.menus.flatMap(({ items }) => items.map((item) => [item.id, item.prepMinutes] as const)),
  )
  return { chefId, name, account, minimumOrderCents, timeZone, prepMinutes }
}

const registerChef = async (world: World, plan: CityKitchen, admin: Account | undefined): Promise<Account> => {
  if (!admin) throw nobodyVerifies(plan.email)
  const { email, firstName, lastName, name, description, cuisines, address, minimumOrderCents, deliveryRadiusMeters } =
    plan
  const account = world.account(email, { email, firstName, lastName, role: 'chef' })
  const body = { name, description, cuisines, address, minimumOrderCents, deliveryRadiusMeters }
  const made = await account.call<OwnChef>('POST', '/chefs', { body })
  if (made.status !== 201)
    throw new CannotBegin(`${email} cannot open a kitchen: ${made.status} ${made.problem.detail}`)
  const params = { chefId: made.body.id }
  for (const menu of plan.menus) {
    const { items, ...rest } = menu
    const added = await account.call<Menu>('POST', '/chefs/:chefId/menus', { params, body: rest })
    for (const item of items) {
      const itemParams = { ...params, menuId: added.body.id }
      await account.call('POST', '/chefs/:chefId/menus/:menuId/items', { params: itemParams, body: item })
    }
  }
  await admin.call('PATCH', '/admin/chefs/:chefId/verify', { params, body: { status: 'approved' } })
  return account
}

type DriverPlan = City['drivers'][number]

export const hireDriver = async (world: World, plan: DriverPlan, admin: Account | undefined): Promise<HiredDriver> => {
  const known = world.account(plan.email)
  const isKnown = !plan.email.startsWith('sim-') && (await known.canSignIn())
  const account = isKnown ? known : await registerDriver(world, plan, admin)
  const profile = await account.call<Driver>('GET', '/drivers/profile')
  if (profile.status !== 200) throw new CannotBegin(`${plan.email} is no driver: ${profile.status} ${profile.slug}`)
  const { id: driverId, verificationStatus, vehicleType } = profile.body
  if (verificationStatus !== 'approved') throw new CannotBegin(`${plan.email} is ${verificationStatus} as a driver.`)
  return { driverId, name: `${plan.firstName} (${plan.email.split('@')[0]})`, account, vehicleType, start: plan.start }
}

const registerDriver = async (world: World, plan: DriverPlan, admin: Account | undefined): Promise<Account> => {
  if (!admin) throw nobodyVerifies(plan.email)
  const { email, firstName, lastName, vehicleType } = plan
  const account = world.account(email, { email, firstName, lastName, role: 'driver' })
  const made = await account.call<Driver>('POST', '/drivers/register', { body: { vehicleType } })
  if (made.status !== 201 && made.status !== 409) {
    throw new CannotBegin(`${email} cannot become a driver: ${made.status} ${made.problem.detail}`)
  }
  const profile = await account.call<Driver>('GET', '/drivers/profile')
  const params = { driverId: profile.body.id }
  await admin.call('PATCH', '/admin/drivers/:driverId/verify', { params, body: { status: 'approved' } })
  return account
}

const nobodyVerifies = (email: string) =>
  new CannotBegin(
    `${email} cannot sign in, and there is no ${ADMIN_EMAIL} to verify a new one. ` +
      'Start the server with `bun dev`, which makes the demo accounts, or seed them with `bun run db:seed`.',
  )

/** The demo's drivers first, then as many new ones as are asked for, starting where customers live. */
export const driverPlans = (world: World, count: number): DriverPlan[] => {
  const { drivers, addresses } = world.city
  const vehicles: VehicleType[] = ['car', 'bike', 'scooter', 'motorcycle']
  return Array.from({ length: count }, (_, index) => {
    const known = drivers[index]
    if (known) return known
    const start = addresses[(index * 7) % addresses.length]!.coordinates
    const email = `sim-${world.run}-driver${index + 1}@test.com`
    return { email, firstName: 'Driver', lastName: String(index + 1), vehicleType: vehicles[index % 4]!, start }
  })
}

/** The demo's three customers, then new ones of this run. They register when they first come. */
export const customersOf = (world: World, count: number): Customer[] => {
  const { customers, addresses } = world.city
  return Array.from({ length: count }, (_, index) => {
    const known = customers[index]
    if (known) return { account: world.account(known.email), address: known.address }
    const email = `sim-${world.run}-${index + 1}@test.com`
    const address = addresses[index % addresses.length]!
    return {
      account: world.account(email, { email, firstName: 'Simulated', lastName: String(index + 1), role: 'customer' }),
      address,
    }
  })
}
