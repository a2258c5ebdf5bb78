import type { Special } from './basket.ts'
import { type Customer, shop } from './customer.ts'
import { type DriverDesk, openDriver } from './driver.ts'
import { type KitchenDesk, openKitchen, reportActor } from './kitchen.ts'
import { hangNotice, noticeAccount } from './notice.ts'
import { DAY, planSessions, planShift, type Session } from './plan.ts'
import { showProgress } from './progress.ts'
import { type Report, reportOf } from './report.ts'
import { addSpecials, removeSpecials } from './specials.ts'
import { customersOf } from './staff.ts'
import { assembleStaff, awaitRest, type Staff } from './staff-room.ts'
import { untilStopped } from './stop.ts'
import { clearUp, openSupport } from './support.ts'
import { verifyOrders } from './verify.ts'
import { verifyPortions } from './verify-portions.ts'
import type { World } from './world.ts'

/** One day from opening to the last door, then the accounts: what was promised, and what was kept. */

const OPENS_BEFORE_SECONDS = 20 * 60
const HEALTH_TRIES_MAX = 40
const HEALTH_EVERY_MS = 250

type Out = { isTTY?: boolean; write(text: string): unknown }

export const simulateDay = async (world: World, out: Out): Promise<Report> => {
  const startedMs = performance.now()
  const { clock, options, stop } = world
  const staff = await assembleStaff(world)
  const sessions = planSessions(options.orders, staff.kitchens.length, world.random)
  const takeNoticeDown = await hangNotice(noticeAccount(world)).catch(() => async () => {})
  await awaitRest(world, staff.drivers)
  if (staff.admin) {
    const left = await clearUp(world, staff.admin)
    if (left > 0) out.write(`${left} orders of a day that was killed were ended.\n`)
  }
  const specials = await addSpecials(world, sessions)
  const deadline = setTimeout(() => stop.raise(`${options.maxMinutes} minutes are over`), options.maxMinutes * 60_000)
  const beganAt = DAY.opensAt - OPENS_BEFORE_SECONDS
  clock.startAt(beganAt)
  const desks = openDesks(world, staff)
  world.checks.watched('actors', sessions.length + desks.kitchens.length + desks.drivers.length)
  const hideProgress = showProgress(world, out)
  await untilStopped(() => liveThrough(world, sessions, specials, desks))
  const stopped = stop.reason
  const endedAt = clock.now()
  clearTimeout(deadline)
  stop.raise('the day is over')
  await closeDesks(desks)
  stop.clear()
  hideProgress()
  await settleUp(world, { staff, desks, specials, stopped })
  await takeNoticeDown().catch(() => {})
  return reportOf(world, { startedMs, beganAt, endedAt, stopped, driverTimes: desks.drivers.map(({ times }) => times) })
}

type Desks = { kitchens: KitchenDesk[]; drivers: DriverDesk[]; support: { close: () => Promise<unknown> } | undefined }

const openDesks = (world: World, { admin, kitchens, drivers }: Staff): Desks => ({
  kitchens: kitchens.map((kitchen) => openKitchen(world, kitchen)),
  drivers: drivers.map((driver, index) => openDriver(world, driver, planShift(index, world.random(`shift ${index}`)))),
  support: admin && openSupport(world, admin),
})

const SOCKETS_WAIT_MS_MAX = 10_000

/** Until the last order is over, here and there. */
const liveThrough = async (world: World, sessions: Session[], specials: ReadonlyMap<string, Special>, desks: Desks) => {
  await kitchensListen(world, desks)
  const customers = customersOf(world, Math.max(...sessions.map(({ customer }) => customer)) + 1)
  await Promise.all(sessions.map((session) => runSession(world, session, customers, specials)))
  while (world.book.open.size > 0) await world.clock.pause(HEALTH_EVERY_MS)
}

/** An order that is paid before its kitchen listens would be found by the next look only. */
const kitchensListen = async ({ clock }: World, { kitchens }: Desks) => {
  const deadlineMs = performance.now() + SOCKETS_WAIT_MS_MAX
  while (kitchens.some(({ stream }) => !stream.isSubscribed) && performance.now() < deadlineMs) await clock.pause(50)
}

const runSession = async (
  world: World,
  session: Session,
  customers: readonly Customer[],
  specials: ReadonlyMap<string, Special>,
) => {
  const customer = customers[session.customer]!
  const stranger = customers[(session.customer + 1) % customers.length]!
  const random = world.random(`shopping ${session.number}`)
  try {
    await shop({ world, session, customer, stranger, specials, random })
  } catch (error) {
    reportActor(world, `session ${session.number}`, error)
  }
}

const closeDesks = async ({ kitchens, drivers, support }: Desks) => {
  await Promise.all([...kitchens, ...drivers].map((desk) => desk.close()))
  await support?.close()
}

type Ending = { staff: Staff; desks: Desks; specials: ReadonlyMap<string, Special>; stopped: string | undefined }

const STOPPING_MS_MAX = 15_000

/** Drivers home, and then: the accounts of a whole day; or of a broken one, clearing up what it left. */
const settleUp = async (world: World, { staff, desks, specials, stopped }: Ending) => {
  const goHome = () => Promise.allSettled(desks.drivers.map((desk) => desk.goOffDuty()))
  if (stopped === undefined) {
    await goHome()
    await verifyOrders(world, { admin: staff.admin, kitchens: desks.kitchens })
    await verifyPortions(world, specials)
    await removeSpecials(specials)
    await checkHealth(world)
    checkFaults(world)
    return
  }
  for (const { id } of world.book.open.values()) {
    if (!stopped.startsWith('SIG')) world.checks.broken('final', `${id} was still open`)
  }
  const tidy = async () => {
    await goHome()
    if (staff.admin) await clearUp(world, staff.admin, world.run)
    await removeSpecials(specials)
  }
  const outOfTime = setTimeout(() => world.stop.raise('clearing up took too long'), STOPPING_MS_MAX)
  await tidy().catch((error) => reportActor(world, 'clearing up', error))
  clearTimeout(outOfTime)
  checkFaults(world)
}

const checkHealth = async ({ http, checks, clock }: World) => {
  let status = 0
  for (let tries = 0; tries < HEALTH_TRIES_MAX && status !== 200; tries++) {
    const reply = await http.send<{ status: string }>({ method: 'GET', template: '/health', retry: false })
    status = reply.body?.status === 'ok' ? reply.status : 0
    if (status !== 200) await clock.pause(HEALTH_EVERY_MS)
  }
  checks.that('healthy', status === 200, () => 'GET /health does not say ok')
}

const checkFaults = ({ stats, checks, options }: World) => {
  checks.watched('expected', stats.requestCount)
  const answers = [...stats.routes.values()].flatMap(({ route, statuses }) =>
    [...statuses].map(([status, count]) => ({ route, status, count })),
  )
  for (const { route, status, count } of answers) {
    const isFault = status >= 500 && !(status === 503 && options.expectOutages)
    checks.that('noFault', !isFault, () => `${route}: ${count} times ${status}`)
  }
  if (options.expectOutages) return
  for (const [message, count] of stats.transportErrors)
    checks.broken('noFault', `${count} requests without an answer: ${message}`)
}
