import { beforeAll, expect, test } from 'bun:test'
import { addSeconds, clock } from '#core/clock'
import { newId } from '#core/ids'
import { candidatesOf } from '#modules/dispatch/decisions'
import { dispatchJobs } from '#modules/dispatch/runner'
import { as, type Courier, given, type Person } from '../support/given'
import { sql, useMarket } from '../support/market'

// Rounds far apart: the decisions are those of the test.
useMarket({ environment: { DISPATCH_ROUND_MS: '60000' } })

let ada: Person
let omar: Courier
let orderId: string
beforeAll(async () => {
  ada = await given.admin('ada')
  omar = await given.driver('omar')
  orderId = (await given.order({ until: 'paid' })).id
})

const keep = async (
  candidates: object[],
  { reason = null as string | null, outcome = 'offered', daysAgo = 0 } = {},
) => {
  const id = newId()
  await sql()`
    insert into dispatch_decisions (id, zone_id, order_id, outcome, driver_id, policy, reason, candidates, decided_at)
    values (${id}, ${await given.zone()}, ${orderId}, ${outcome}, ${omar.driverId}, 'any', ${reason},
      ${sql().json(candidates as never)}, ${addSeconds(clock.now(), -daysAgo * 86_400)})`
  return id
}
const read = async () => (await as(ada).get(`/dispatch/decisions?orderId=${orderId}`)).body.data

test('a round tells its candidates with their costs by term, and why the others lost; an old row is told as it is', async () => {
  const cost = {
    clickToDoor: 1_000,
    foodAge: 30,
    overdue: 0,
    driverTime: 200,
    slack: 0,
    others: 0,
    fairness: -10,
    outlook: 0,
    acceptance: 6,
    total: 1_220,
  }
  const lost = { ...cost, foodAge: 90, total: 1_280 }
  const candidate = { driverId: omar.driverId, orderIds: [orderId], pickupAt: 60, dropoffAt: 660, cost }
  const origin = clock.now()
  const explanation = {
    orderId,
    driverId: omar.driverId,
    decision: 'The cheapest of 2.',
    candidates: [candidate, { ...candidate, cost: lost, lost: '60 s dearer' }],
  }
  await keep([{ driverId: omar.driverId, pickupSeconds: 90 }])
  await keep(candidatesOf(explanation, origin.getTime(), origin), { reason: explanation.decision })
  const [second, first] = await read()
  expect(first).toMatchObject({ reason: null, candidates: [{ driverId: omar.driverId, pickupSeconds: 90 }] })
  expect(second).toMatchObject({ reason: 'The cheapest of 2.', outcome: 'offered' })
  expect(second.candidates).toEqual([
    {
      driverId: omar.driverId,
      pickupSeconds: 60,
      orderIds: [orderId],
      pickupAt: addSeconds(origin, 60).toISOString(),
      dropoffAt: addSeconds(origin, 660).toISOString(),
      cost,
    },
    expect.objectContaining({ cost: lost, lost: '60 s dearer' }),
  ])
})

test('an order that was held back for a later round says so', async () => {
  await keep([], { outcome: 'held', reason: 'Its food is ready in 40 minutes.' })
  expect((await read())[0]).toMatchObject({ outcome: 'held', reason: 'Its food is ready in 40 minutes.' })
})

test('decisions are kept for 30 days', async () => {
  const [old, young] = [await keep([], { daysAgo: 31 }), await keep([], { daysAgo: 29 })]
  const isKept = async (id: string) => (await read()).some((one: { id: string }) => one.id === id)
  expect([await isKept(old), await isKept(young)]).toEqual([true, true])
  await dispatchJobs.find(({ name }) => name === 'forget-decisions')!.run(clock.now())
  expect([await isKept(old), await isKept(young)]).toEqual([false, true])
})
