import type { Driver } from '#modules/api/drivers/schema'
import type { Account } from './account.ts'
import type { HiredDriver } from './driver.ts'
import { CannotBegin, driverPlans, findAdmin, hireDriver, openKitchenOf } from './staff.ts'
import type { Kitchen, World } from './world.ts'

/** Everyone who works today, signed in before the first customer comes. */
export type Staff = { admin: Account | undefined; kitchens: Kitchen[]; drivers: HiredDriver[] }

const REACHABLE_TRIES = 5
const REACHABLE_EVERY_MS = 500

export const assembleStaff = async (world: World): Promise<Staff> => {
  await assertReachable(world)
  const admin = await findAdmin(world)
  const kitchens = await Promise.all(world.city.kitchens.map((plan) => openKitchenOf(world, plan, admin)))
  for (const kitchen of kitchens) world.kitchens.set(kitchen.chefId, kitchen)
  const drivers = await Promise.all(
    driverPlans(world, world.options.drivers).map((plan) => hireDriver(world, plan, admin)),
  )
  return { admin, kitchens, drivers }
}

const assertReachable = async ({ http, clock, options }: World) => {
  for (let tries = 0; tries < REACHABLE_TRIES; tries++) {
    const reply = await http.send<{ status?: string }>({ method: 'GET', template: '/health/live', retry: false })
    if (reply.status === 200) return
    if (reply.status !== 0)
      throw new CannotBegin(`${options.url} answers ${reply.status} to GET /health/live: is it RideNDine?`)
    await clock.pause(REACHABLE_EVERY_MS)
  }
  throw new CannotBegin(`Nothing answers at ${options.url}. Start the server first: bun dev`)
}

const REST_MS_MAX = 30_000
const FRESH_MS = 60_000

/** The demo in the background sees our notice and goes home; what else drives about is left of a day that was killed. */
export const awaitRest = async (world: World, drivers: readonly HiredDriver[]): Promise<void> => {
  const deadlineMs = performance.now() + REST_MS_MAX
  let isSaid = false
  for (const driver of drivers) {
    while ((await isAtWork(driver)) && performance.now() < deadlineMs) {
      if (!isSaid) world.log('Somebody drives already: waiting for the demo to rest.')
      isSaid = true
      await world.clock.pause(1_000)
    }
  }
}

const isAtWork = async ({ account }: HiredDriver) => {
  const { body, status } = await account.call<Driver>('GET', '/drivers/profile')
  if (status !== 200 || !body.isAvailable || !body.position) return false
  return Date.now() - Date.parse(body.position.recordedAt) < FRESH_MS
}
