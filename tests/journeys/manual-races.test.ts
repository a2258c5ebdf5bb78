/** An operator's hand against a driver who answers at the same moment, and against the rounds. */
import { afterEach, beforeAll, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { newId } from '#core/ids'
import { offerBundle } from '../support/bundles'
import { seeded } from '../support/chaos-couriers'
import { brokenOffers } from '../support/chaos-invariants'
import { marketState } from '../support/contract-state'
import { as, type Cook, type Courier, given, KITCHEN, type Person } from '../support/given'
import { eventually, type Reply, sql, useMarket } from '../support/market'

useMarket()

const TIMES = 6
const SEED = 7

let mai: Cook
let nora: Person
let ada: Person
let usual: object
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  ada = await given.admin('ada')
  usual = (await sql()`select settings from zones`)[0]!.settings
})

// Each test has the streets to itself.
afterEach(async () => {
  expect(await brokenOffers(sql() as never)).toEqual([])
  await sql()`update drivers set is_available = false`
  await sql()`update offers set status = 'withdrawn' where status = 'open'`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null where status <> 'delivered'`
  await sql()`update zones set settings = ${sql().json(usual as never)}`
})

/** Rounds leave alone what is not ready. */
const leaveToTest = () => sql()`update zones set settings = settings || '{"dispatchLeadSeconds": 0}'`
const order = (until: 'accepted' | 'ready' = 'accepted') => given.order({ until, chef: mai, customer: nora })
const act = (path: string, body: object) => as(ada).post(`/dispatch/${path}`, body)
const deliveryOf = async (id: string) => {
  const [row] = await sql()`
    select status, driver_id, offer_id, held_at is not null as is_held from deliveries where order_id = ${id}`
  return row!
}
const routeOf = async (driver: Courier) =>
  (await as(driver).get('/drivers/route')).body.stops.map(
    ({ type, orderId }: { type: string; orderId: string }) => `${type} ${orderId}`,
  )
const offered = async (driver: Courier, orders: readonly { id: string }[]) => {
  expect(await offerBundle(driver, orders, clock.now())).toBe(true)
  return ((await as(driver).get('/drivers/offers')).body.data as { id: string }[])[0]!
}
const accept = (driver: Courier, { id }: { id: string }) => as(driver).post(`/drivers/offers/${id}/accept`)
const won = ({ status }: Reply) => status === 200
/** One that loses is told so, and nothing else goes wrong. */
const expectFair = (replies: readonly Reply[]) => {
  for (const reply of replies) if (!won(reply)) expect(reply).toBeProblem(409)
}

test('a hold, and the driver who accepts: one of them wins', async () => {
  await leaveToTest()
  for (let time = 0; time < TIMES; time++) {
    const omar = await given.driver('omar', { at: KITCHEN })
    const soup = await order()
    const offer = await offered(omar, [soup])
    const [held, accepted] = await Promise.all([act('hold', { orderId: soup.id, reason: 'Wait' }), accept(omar, offer)])
    expectFair([held, accepted])
    expect([won(held), won(accepted)].filter(Boolean)).toHaveLength(1)
    expect(await deliveryOf(soup.id)).toMatchObject(
      won(held)
        ? { status: 'unassigned', isHeld: true, driverId: null }
        : { status: 'assigned', isHeld: false, driverId: omar.driverId },
    )
    expect(await routeOf(omar)).toHaveLength(won(held) ? 0 : 2)
  }
})

test.each(['unassign', 'block'])(
  'to %s one of a bundle, and the driver who accepts it: he has the other, and only it',
  async (what) => {
    await leaveToTest()
    for (let time = 0; time < TIMES; time++) {
      const omar = await given.driver('omar', { at: KITCHEN })
      const [soup, rice] = [await order(), await order()]
      const offer = await offered(omar, [soup, rice])
      const body = { orderId: soup.id, reason: 'Not him', ...(what === 'block' && { driverId: omar.driverId }) }
      const [taken, accepted] = await Promise.all([act(what, body), accept(omar, offer)])
      expect([taken.status, accepted.status]).toEqual([200, 200])
      expect(await deliveryOf(soup.id)).toMatchObject({ status: 'unassigned', driverId: null, offerId: null })
      expect(await routeOf(omar)).toEqual([`pickup ${rice.id}`, `dropoff ${rice.id}`])
    }
  },
)

test('an order given to one driver by hand while another accepts it: the one who was named has it', async () => {
  await leaveToTest()
  for (let time = 0; time < TIMES; time++) {
    const [omar, lena] = [await given.driver('omar', { at: KITCHEN }), await given.driver('lena', { at: KITCHEN })]
    const soup = await order()
    const offer = await offered(omar, [soup])
    const [assigned, accepted] = await Promise.all([
      act('assign', { orderId: soup.id, driverId: lena.driverId }),
      accept(omar, offer),
    ])
    expect(assigned.status).toBe(200)
    expectFair([accepted])
    expect(await deliveryOf(soup.id)).toMatchObject({ status: 'assigned', driverId: lena.driverId })
    expect([await routeOf(omar), (await routeOf(lena)).length]).toEqual([[], 2])
  }
})

test('stops put in another order while he accepts more, or brings some: none is lost, and what is out of date is refused', async () => {
  await leaveToTest()
  for (let time = 0; time < TIMES; time++) {
    const omar = await given.driver('omar', { at: KITCHEN })
    const [soup, rice, curry] = [await order(), await order(), await order()]
    await accept(omar, await offered(omar, [soup, rice]))
    expect(await offerBundle(omar, [curry], clock.now(), { besideOrderIds: [soup.id, rice.id] })).toBe(true)
    const [more] = (await as(omar).get('/drivers/offers')).body.data
    const stops = [rice, soup].flatMap(({ id }) => [
      { type: 'pickup', orderId: id },
      { type: 'dropoff', orderId: id },
    ])
    const [changed, accepted] = await Promise.all([
      as(ada).patch(`/dispatch/drivers/${omar.driverId}/route`, { stops }),
      accept(omar, more),
    ])
    expectFair([changed])
    expect(accepted.status).toBe(200)
    const all = [soup, rice, curry].flatMap(({ id }) => [`pickup ${id}`, `dropoff ${id}`])
    expect((await routeOf(omar)).toSorted()).toEqual(all.toSorted())
  }
})

test('operators and drivers do what they like while rounds go on: each order is with one at most, and none is lost', async () => {
  const random = seeded(SEED)
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!
  const drivers = [await given.driver('omar', { at: KITCHEN }), await given.driver('lena', { at: KITCHEN })]
  drivers.push(await given.driver('rosa', { at: KITCHEN }))
  const orders = await Promise.all(Array.from({ length: 6 }, () => order('ready')))
  const replies: Reply[] = []
  const endsMs = performance.now() + 6_000
  const operator = async () => {
    while (performance.now() < endsMs) {
      const [{ id: orderId }, { driverId }] = [pick(orders), pick(drivers)]
      const [path, body] = pick([
        ['hold', { orderId, reason: 'Wait' }],
        ['release', { orderId }],
        ['unassign', { orderId, reason: 'Not him' }],
        ['assign', { orderId, driverId, mayBundle: true }],
        ['block', { orderId, driverId, reason: 'Not him' }],
        ['unblock', { orderId, driverId }],
      ] as const)
      replies.push(await act(path, body))
    }
  }
  const answering = async (driver: Courier) => {
    while (performance.now() < endsMs) {
      for (const offer of (await as(driver).get('/drivers/offers')).body.data) {
        replies.push(await as(driver).post(`/drivers/offers/${offer.id}/${pick(['accept', 'accept', 'decline'])}`))
      }
      await Bun.sleep(10)
    }
  }
  const broken = new Set<string>()
  const looking = async () => {
    while (performance.now() < endsMs) {
      // Who was given something by hand is asked for a moment longer: he could not accept.
      const faults = await brokenOffers(sql() as never)
      for (const fault of faults) if (!fault.startsWith('who is asked has nothing but')) broken.add(fault)
      await Bun.sleep(50)
    }
  }
  await Promise.all([operator(), operator(), ...drivers.map(answering), looking()])
  expect([...broken]).toEqual([])
  const refused = replies.filter((reply) => !won(reply)).map(({ status, body }) => `${status} ${body.type}`)
  expect(refused.filter((one) => !/^(409|404 \/problems\/block-not-found|503 \/problems\/busy)/.test(one))).toEqual([])
  // Whatever was done to them, each can be brought by somebody who is named.
  for (const { id } of orders) {
    await act('release', { orderId: id })
    const fresh = await given.driver('ben', { at: KITCHEN })
    const isHis = async () => won(await act('assign', { orderId: id, driverId: fresh.driverId, mayBundle: true }))
    await eventually('it is given to him', isHis)
    expect(await routeOf(fresh)).toContain(`dropoff ${id}`)
  }
}, 60_000)

test('what cannot be is refused as a problem, and changes nothing', async () => {
  const soup = await order('ready')
  const omar = await given.driver('omar')
  await sql()`update drivers set is_available = false`
  const { driverId } = omar
  const orderId = soup.id
  const nobody = newId()
  await act('hold', { orderId, reason: 'Quiet' })
  const before = await marketState()
  const refusals: [string, object, number][] = [
    ['unassign', { orderId }, 422],
    ['unassign', { orderId: nobody, reason: 'x' }, 404],
    ['unassign', { orderId: 'soup', reason: 'x' }, 422],
    ['unassign', { orderId, reason: 'x'.repeat(301) }, 422],
    ['unassign', { orderId, reason: 'x' }, 409],
    ['hold', { orderId, reason: '' }, 422],
    ['hold', { orderId: nobody, reason: 'x' }, 404],
    ['release', { orderId: nobody }, 404],
    ['release', { orderId, reason: 'x' }, 422],
    ['block', { orderId, driverId: nobody, reason: 'x' }, 404],
    ['block', { orderId: nobody, driverId, reason: 'x' }, 404],
    ['block', { orderId, driverId }, 422],
    ['unblock', { orderId, driverId }, 404],
    ['assign', { orderId, driverId: nobody }, 404],
    ['assign', { orderId: nobody, driverId }, 404],
    ['assign', { orderId, driverId, mayBundle: 'yes' }, 422],
  ]
  for (const [path, body, status] of refusals) expect(await act(path, body)).toBeProblem(status)
  const route = `/dispatch/drivers/${driverId}/route`
  const stop = { type: 'pickup', orderId }
  for (const [body, status] of [
    [{ stops: [stop] }, 409],
    [{ stops: [{ type: 'lunch', orderId }] }, 422],
    [{ stops: Array.from({ length: 9 }, () => stop) }, 422],
    [{}, 422],
  ] as const)
    expect(await as(ada).patch(route, body)).toBeProblem(status)
  expect(await as(ada).patch(`/dispatch/drivers/${nobody}/route`, { stops: [] })).toBeProblem(404)
  expect(await as(ada).patch(`/dispatch/drivers/${driverId}`, { capacity: 0 })).toBeProblem(422)
  expect(await marketState()).toEqual(before)
})
