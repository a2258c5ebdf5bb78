import type { Account } from './account.ts'
import { type Customer, shop } from './customer.ts'
import { openDriver } from './driver.ts'
import { openKitchen, reportActor } from './kitchen.ts'
import { isBusy, noticeAccount } from './notice.ts'
import { planSession } from './plan.ts'
import { ADMIN_EMAIL, hireDriver, openKitchenOf } from './staff.ts'
import { Stopped, untilStopped } from './stop.ts'
import { clearUp } from './support.ts'
import type { World } from './world.ts'

/**
 * The background life of `bun dev`: a calm city without an end. It leaves the first chefs, drivers and customers to the
 * person at the screen, rests while a simulated day runs, and begins again after whatever went wrong.
 */

/** The first of each are for a person to play with. */
const LEFT_ALONE = 5
const KITCHENS = 16
const NEIGHBOURS = 12
const ORDER_EVERY_MS = 15_000
const ORDER_EVERY_MS_MIN = 8_000
const ORDER_EVERY_MS_MAX = 30_000
const SESSIONS_AT_ONCE_MAX = 12
const LOOK_AT_NOTICE_MS = 4_000
const BEGIN_AGAIN_MS = 5_000
const CLEAR_UP_MS_MAX = 4_000

const RESTS = 'a simulated day runs'

/** Lives until `isOver`; each time in a new world, so that nothing grows and nothing wrong stays. */
export const liveOn = async (newWorld: () => World, isOver: () => boolean): Promise<void> => {
  while (!isOver()) {
    const world = newWorld()
    try {
      await awaitNoNotice(world)
      await liveOnce(world)
    } catch (error) {
      if (!(error instanceof Stopped)) world.log(`the demo begins again: ${(error as Error).message}`)
    }
    const againMs = performance.now() + BEGIN_AGAIN_MS
    while (!isOver() && performance.now() < againMs) await Bun.sleep(100)
  }
}

const awaitNoNotice = async (world: World) => {
  const notice = noticeAccount(world)
  while (await isBusy(notice)) await world.clock.pause(LOOK_AT_NOTICE_MS)
}

const liveOnce = async (world: World) => {
  const { city, options } = world
  const admin = world.account(ADMIN_EMAIL)
  const plans = city.kitchens.slice(LEFT_ALONE, LEFT_ALONE + KITCHENS)
  const kitchens = []
  for (const plan of plans) kitchens.push(await openKitchenOf(world, plan, admin))
  for (const kitchen of kitchens) world.kitchens.set(kitchen.chefId, kitchen)
  const drivers = []
  for (const plan of city.drivers.slice(LEFT_ALONE, LEFT_ALONE + options.drivers))
    drivers.push(await hireDriver(world, plan, admin))
  const neighbours = neighboursOf(world)
  world.neighbours = [
    ...neighbours.map(({ account }) => account),
    ...city.customers.map(({ email }) => world.account(email)),
  ]
  const always = { from: world.clock.now(), until: Number.POSITIVE_INFINITY }
  const desks = [
    ...kitchens.map((kitchen) => openKitchen(world, kitchen)),
    ...drivers.map((driver) => openDriver(world, driver, always)),
  ]
  try {
    await untilStopped(() => Promise.all([orderOn(world, neighbours), watchNotice(world)]))
  } finally {
    world.stop.raise('something went wrong')
    const why = world.stop.reason
    await Promise.all(desks.map((desk) => desk.close()))
    await leave(world, admin, desks, why)
  }
}

/** The same people each time, so that after a restart they still know their orders. */
const neighboursOf = (world: World): Customer[] =>
  Array.from({ length: NEIGHBOURS }, (_, index) => {
    const email = `neighbour${index + 1}@test.com`
    const person = {
      email,
      firstName: 'Neighbour',
      lastName: String(index + 1),
      role: 'customer' as const,
      mayExist: true,
    }
    return { account: world.account(email, person), address: world.city.addresses[index * 17]! }
  })

const orderOn = async (world: World, neighbours: readonly Customer[]) => {
  const { clock } = world
  // Another seed each time: a city that repeats itself after a restart would look odd.
  const random = world.random(`demo ${world.run}`)
  let underWay = 0
  for (let number = 0; ; number++) {
    await clock.pause(Math.min(Math.max(random.exponential(ORDER_EVERY_MS), ORDER_EVERY_MS_MIN), ORDER_EVERY_MS_MAX))
    if (underWay >= SESSIONS_AT_ONCE_MAX) continue
    const session = { ...planSession(number, clock.now(), neighbours.length, random), clicksTwice: false }
    const customer = neighbours[session.customer]!
    underWay++
    void shop({ world, session, customer, stranger: customer, specials: new Map(), random })
      .catch((error) => reportActor(world, 'a neighbour', error))
      .finally(() => underWay--)
  }
}

const watchNotice = async (world: World) => {
  const notice = noticeAccount(world)
  for (;;) {
    await world.clock.pause(LOOK_AT_NOTICE_MS)
    if (await isBusy(notice)) world.stop.raise(RESTS)
  }
}

type Desk = ReturnType<typeof openKitchen> | ReturnType<typeof openDriver>

/** Before a simulated day all is put away; when the server itself is being stopped there is nobody to tell. */
const leave = async (world: World, admin: Account, desks: readonly Desk[], why: string | undefined) => {
  world.stop.clear()
  const outOfTime = setTimeout(() => world.stop.raise('no time left'), CLEAR_UP_MS_MAX)
  await untilStopped(async () => {
    if (why === RESTS) await clearUp(world, admin, world.run)
    await Promise.allSettled(desks.map((desk) => 'goOffDuty' in desk && desk.goOffDuty({ once: why !== RESTS })))
  })
  clearTimeout(outOfTime)
}
