/** Who runs the rounds of a zone: one process at a time, and what an earlier one still writes is refused. */
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { polygonText } from '#core/zones'
import { claimLeases } from '#modules/dispatch/lease-queries'
import { createLeases, type Fence, FencedError, roundTransaction } from '#modules/dispatch/leases'
import { makeOffer } from '#modules/dispatch/offers'
import { createPlanner } from '#modules/dispatch/planning/planner'
import { insertOffer, insertUnasked } from '#modules/dispatch/queries'
import { createMemory, runRound } from '#modules/dispatch/round'
import { as, type Courier, given, KITCHEN } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'

useMarket()

const TAKEOVER_SECONDS_MAX = 10
/** As DISPATCH_LEASE_MS is by itself. */
const LEASE_SECONDS = 3
const TEST_SLUG = 'test-zone'

let zoneId: string
let omar: Courier

beforeAll(async () => {
  zoneId = await given.zone()
  omar = await given.driver('omar')
})

const others: { stop(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of others.splice(0)) await one.stop()
  await sql()`delete from zones where slug <> ${TEST_SLUG}`
  await sql()`update drivers set is_available = false`
  await sql()`update offers set status = 'withdrawn' where status = 'open'`
  await sql()`update deliveries set status = 'cancelled', driver_id = null, offer_id = null`
})
afterAll(async () => {
  for (const one of others) await one.stop()
})

/** Another process that runs dispatch, but for the rounds. */
const replica = (pins: string[] = []) => {
  let held: readonly Fence[] = []
  const leases = createLeases({
    pins,
    onChange: (next) => {
      held = next
    },
    settled: () => Promise.resolve(),
  })
  others.push(leases)
  return { ...leases, held: () => held.map((one) => one.zoneId) }
}

const holderOf = async (id = zoneId) => {
  const [row] = await sql()<{ holder: string | null; token: number }[]>`
    select case when expires_at > now() then holder end as holder, token from zone_leases where zone_id = ${id}`
  return row ?? { holder: null, token: 0 }
}

/** The market's own process has it. */
const isTheirs = async () => {
  const { holder, token } = await holderOf()
  return holder !== null && holder !== 'another' && { zoneId, token }
}

/** Longer than whatever a test does meanwhile; an end that is still farther ahead counts for nothing. */
const LONG_SECONDS = 5.5

/** As after a takeover: somebody else holds the zone, for as long as a lease lasts. */
const taken = async (seconds = LONG_SECONDS) => {
  const before = await eventually('the market to hold the zone', isTheirs)
  await sql()`
    update zone_leases set holder = 'another', token = token + 1, expires_at = now() + ${seconds} * interval '1 second'
    where zone_id = ${zoneId}`
  return before
}

const newZone = async (slug: string) => {
  const id = newId()
  const corners = [
    { lat: 10, lng: 10 },
    { lat: 10, lng: 11 },
    { lat: 11, lng: 11 },
  ]
  await sql()`
    insert into zones (id, slug, name, area, currency, time_zone, created_at)
    values (${id}, ${slug}, ${slug}, ${polygonText(corners)}::text::polygon, 'USD', 'Europe/Stockholm', now())`
  return id
}

const offerOf = (orderId: string) => ({
  driverId: omar.driverId,
  orderIds: [orderId],
  payCents: 600,
  currency: 'USD',
  pickupSeconds: 60,
  timeoutSeconds: 30,
})
const decisionOf = (orderId: string, outcome: 'offered' | 'no_driver') => ({
  id: newId(),
  zoneId,
  orderId,
  outcome,
  driverId: outcome === 'offered' ? omar.driverId : null,
  policy: 'test',
  candidates: [],
  now: new Date(),
})

/** All that a round has written about an order. */
const writtenOf = async (orderId: string) => {
  const [row] = await sql()<{ offers: number; decisions: number; status: string }[]>`
    select (select count(*)::integer from offers where order_ids @> array[d.order_id]) as offers,
      (select count(*)::integer from dispatch_decisions where order_id = d.order_id) as decisions, d.status
    from deliveries d where d.order_id = ${orderId}`
  return row!
}

test('what a holder writes after the zone has changed hands is refused by the write itself', async () => {
  const before = await taken()
  const { id } = await given.order({ until: 'accepted' })
  await sql()`update drivers set is_available = true where id = ${omar.driverId}`
  const making = makeOffer(offerOf(id), [decisionOf(id, 'offered')], before, new Date())
  expect(await making.catch((error: unknown) => error)).toBeInstanceOf(FencedError)
  await insertUnasked(sql(), [decisionOf(id, 'no_driver')], before)
  expect(await writtenOf(id)).toEqual({ offers: 0, decisions: 0, status: 'unassigned' })

  // The very same with the token of now is written.
  const now = { zoneId, token: (await holderOf()).token }
  expect(await makeOffer(offerOf(id), [decisionOf(id, 'offered')], now, new Date())).toBe(true)
  expect(await writtenOf(id)).toEqual({ offers: 1, decisions: 1, status: 'offered' })
})

test('a round whose policy hangs goes on with the nearest drivers, within seconds', async () => {
  const lena = await given.driver('lena', { at: KITCHEN })
  await taken()
  await given.zoneSettings()
  const { id } = await given.order({ until: 'accepted' })
  const planner = createPlanner({ path: 'tests/support/failing-planner.ts', hangMs: 100 })
  const fence = { zoneId, token: (await holderOf()).token }
  await runRound({ fence, planner, memory: createMemory() }, new Date())
  planner.stop()
  await given.zoneSettings()
  const [decision] = await sql()`select outcome, driver_id, policy from dispatch_decisions where order_id = ${id}`
  expect(decision).toEqual({ outcome: 'offered', driverId: lena.driverId, policy: 'nearest-driver' })
})

test('between the check and the end of a transaction nobody can take the zone', async () => {
  await taken()
  const fence = { zoneId, token: (await holderOf()).token }
  const { id } = await given.order({ until: 'accepted' })
  await sql()`update zone_leases set expires_at = now() where zone_id = ${zoneId}`
  await roundTransaction(async (tx) => {
    const offer = { id: newId(), now: new Date(), expiresAt: new Date(), ...offerOf(id) }
    const wasWritten = await insertOffer(tx, offer, fence)
    // It may have been taken before the write: then the write says so.
    if (wasWritten) expect([...(await claimLeases(sql(), 'third', [zoneId]))]).toEqual([])
    else expect((await holderOf()).token).toBeGreaterThan(fence.token)
    await tx`delete from offers where order_ids = array[${id}::uuid]`
  })
})

test('a zone whose holder says nothing any more is taken over within ten seconds, and goes on', async () => {
  const lena = await given.driver('lena', { at: KITCHEN })
  await taken(LEASE_SECONDS)
  const { id } = await given.order({ until: 'accepted' })
  await eventually('the market to hold the zone again', isTheirs, TAKEOVER_SECONDS_MAX)
  const offer = (await given.offer(lena)) as { id: string; orderIds?: string[] }
  expect(offer.orderIds).toEqual([id])
  await as(lena).post(`/drivers/offers/${offer.id}/decline`)
})

test('a holder that died before the clock of the database was put back holds nothing up', async () => {
  await eventually('the market to hold the zone', isTheirs)
  await sql()`
    update zone_leases set holder = 'another', token = token + 1, expires_at = now() + interval '1 hour'
    where zone_id = ${zoneId}`
  await eventually('the market to hold the zone again', isTheirs, TAKEOVER_SECONDS_MAX)
})

test('zones are shared out, and whoever stops hands his over at once', async () => {
  await newZone('second')
  await eventually('the market to hold the zone', isTheirs)
  const other = replica()
  await eventually('each has one', async () => other.held().length === 1)
  const [id] = other.held()
  const before = await holderOf(id)
  expect(before.holder).toBe(other.name)
  const startedMs = performance.now()
  await other.stop()
  await eventually('it is back', async () => ![null, other.name].includes((await holderOf(id)).holder))
  // Far sooner than the lease would have ended.
  expect(performance.now() - startedMs).toBeLessThan(1_000)
  expect((await holderOf(id)).token).toBeGreaterThan(before.token)
  expect(await sql()`select from dispatch_replicas where name = ${other.name}`).toHaveLength(0)
})

test('a process that is pinned to a zone gets it from whoever holds it, and no other', async () => {
  await newZone('second')
  await eventually('the market to hold the zone', isTheirs)
  const other = replica([TEST_SLUG])
  await eventually('it has the zone', async () => other.held().join() === zoneId)
  await Bun.sleep(1_500)
  expect(other.held()).toEqual([zoneId])
  await other.stop()
  expect(other.held()).toEqual([])
  await eventually('the market to hold the zone again', isTheirs)
})

test('of many who start together each zone has one', async () => {
  const zones = await Promise.all(['a', 'b', 'c', 'd', 'e'].map(newZone))
  const replicas = Array.from({ length: 4 }, () => replica())
  await eventually('all are held', async () => {
    const held = await Promise.all([zoneId, ...zones].map((id) => holderOf(id)))
    const counts = replicas.map((one) => one.held().length)
    return held.every(({ holder }) => holder !== null) && Math.min(...counts) >= 1
  })
  const all = replicas.flatMap((one) => one.held())
  expect(new Set(all).size).toBe(all.length)
})
