/** Rounds whose travel times nobody tells: they go on with estimates, say so, and no longer when routing is back. */
import { beforeAll, expect, test } from 'bun:test'
import { as, type Cook, type Courier, given, KITCHEN, type Person } from '../support/given'
import { eventually, sql, useApartMarket } from '../support/market'
import { townRoads } from '../support/roads'

const market = useApartMarket({ routing: { ROADS: townRoads() } })
const MARK = 'Travel times are estimates.'
/** After this estimates are asked for again (see planning/travel.ts), and the circuit has long closed. */
const BACK_SECONDS = 60

let mai: Cook
let nora: Person
let ada: Person
let omar: Courier
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  ada = await given.admin('ada')
  omar = await given.driver('omar', { at: KITCHEN })
})

/** Offered, how soon, and what is said of it; then declined, so that he is free. */
const offered = async () => {
  await as(omar).post('/drivers/location', KITCHEN)
  const { id } = await given.order({ until: 'ready', chef: mai, customer: nora })
  const startedMs = performance.now()
  const offer = await given.offer(omar)
  const tookMs = performance.now() - startedMs
  const { data } = (await as(ada).get(`/dispatch/decisions?orderId=${id}`)).body
  const decision = data.find(({ outcome }: { outcome: string }) => outcome === 'offered')
  expect((await as(omar).post(`/drivers/offers/${offer.id}/decline`)).status).toBe(200)
  await as(ada).patch(`/orders/${id}/cancel`, { reason: 'Test' })
  return { tookMs, isMarked: (decision.reason as string).includes(MARK), seconds: decision.candidates[0].pickupSeconds }
}

const comesBack = () =>
  eventually(
    'travel times of routing',
    async () => {
      const { isMarked } = await offered()
      if (isMarked) await Bun.sleep(2_000)
      return !isMarked
    },
    BACK_SECONDS,
  )

test('routing is away or hangs: offers are made all the same, with the mark; it is back: without', async () => {
  await comesBack()
  const routing = market().server('routing')

  routing.kill('SIGSTOP')
  for (let time = 0; time < 3; time++) {
    const { tookMs, isMarked } = await offered()
    expect(isMarked).toBe(true)
    expect(tookMs).toBeLessThan(6_000)
  }
  routing.kill('SIGCONT')
  await comesBack()

  routing.kill('SIGKILL')
  await routing.exited()
  const { tookMs, isMarked, seconds } = await offered()
  expect([isMarked, Number.isFinite(seconds)]).toEqual([true, true])
  expect(tookMs).toBeLessThan(6_000)
  // A driver's route and the times of his orders are there as well.
  const { id } = await given.order({ until: 'ready', chef: mai, customer: nora })
  await given.assignment(id, omar)
  const { stops } = (await as(omar).get('/drivers/route')).body
  expect(stops.map(({ type }: { type: string }) => type)).toEqual(['pickup', 'dropoff'])
  expect((await as(nora).get(`/orders/${id}`)).body.pickupEta).not.toBeNull()
  await as(ada).post('/dispatch/unassign', { orderId: id, reason: 'Test' })
  await sql()`update deliveries set status = 'cancelled' where order_id = ${id}`
  await market().restart('routing')
  await comesBack()
}, 180_000)
