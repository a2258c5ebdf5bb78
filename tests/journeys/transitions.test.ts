import { beforeAll, expect, test } from 'bun:test'
import { database, type Tx } from '#core/database'
import { newId } from '#core/ids'
import { DELIVERY_STATUSES, DELIVERY_TRANSITIONS, type DeliveryStatus } from '#core/lifecycle/delivery-states'
import { type Mover, ORDER_STATUSES, ORDER_TRANSITIONS, type Transition } from '#core/lifecycle/order-states'
import { moveDelivery, moveOrder } from '#core/lifecycle/transitions'
import { Problem } from '#core/problem'
import { given } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'

useMarket()

const MOVERS: Mover[] = ['customer', 'chef', 'driver', 'admin', 'system']
const WITH_DRIVER: DeliveryStatus[] = [
  ...(['assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff', 'delivered', 'failed'] as const),
]

let orderId: string
let driverId: string
let offerId: string

beforeAll(async () => {
  const order = await given.order({ until: 'accepted' })
  const omar = await given.driver('omar')
  ;[orderId, driverId, offerId] = [order.id, omar.driverId, newId()]
  await sql()`
    insert into offers (id, zone_id, driver_id, order_ids, status, pay_cents, currency, pickup_seconds, created_at, expires_at)
    values (${offerId}, ${await given.zone()}, ${driverId}, array[${orderId}]::uuid[], 'declined', 0, 'USD', 0, now(), now())`
})

const undo = new Error('undo')
/** Runs in a transaction that is undone afterwards. */
const tryOut = (run: (tx: Tx) => Promise<void>) =>
  database
    .begin(async (tx) => {
      await run(tx)
      throw undo
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error
    })

const outcome = async (move: Promise<{ status: string }>) => {
  try {
    return (await move).status
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return error.status
  }
}

const historyLength = async (tx: Tx) => {
  const [row] = await tx<{ count: number }[]>`select count(*) from order_events where order_id = ${orderId}`
  return row!.count
}

/** What the table says: the state it leads to, 409 in another state, 403 for who may never do it. */
const expected = <S extends string, E extends string>(
  table: readonly Transition<S, E>[],
  from: S,
  event: E,
  mover: Mover,
) => {
  const rows = table.filter((row) => row.event === event && row.by.includes(mover))
  return rows.find((row) => row.from === from)?.to ?? (rows.length === 0 ? 403 : 409)
}

test('in every state of an order, what the table does not allow is refused and leaves no trace', async () => {
  const events = [...new Set(ORDER_TRANSITIONS.map(({ event }) => event))]
  const wrong: string[] = []
  await tryOut(async (tx) => {
    for (const from of ORDER_STATUSES) {
      for (const event of events) {
        for (const by of MOVERS) {
          await tx`update orders set status = ${from} where id = ${orderId}`
          const before = await historyLength(tx)
          const result = await outcome(moveOrder(tx, orderId, event, { by, now: new Date(0) }))
          const should = expected(ORDER_TRANSITIONS, from, event, by)
          const [now] = await tx<{ status: string }[]>`select status from orders where id = ${orderId}`
          const isMoved = typeof result === 'string'
          const told = (await historyLength(tx)) - before
          if (result !== should || now!.status !== (isMoved ? should : from) || told !== (isMoved ? 1 : 0)) {
            wrong.push(`${from} ${event} by ${by}: ${result}, not ${should}; is ${now!.status}; ${told} told`)
          }
        }
      }
    }
  })
  expect(wrong).toEqual([])
})

/** The columns that the constraints of the table want in a state. */
const columnsOf = (status: DeliveryStatus) => ({
  driver_id: WITH_DRIVER.includes(status) ? driverId : null,
  offer_id: status === 'offered' ? offerId : null,
})

test('in every state of a delivery, what the table does not allow is refused and leaves no trace', async () => {
  const events = [...new Set(DELIVERY_TRANSITIONS.map(({ event }) => event))]
  const wrong: string[] = []
  await tryOut(async (tx) => {
    for (const from of DELIVERY_STATUSES) {
      for (const event of events) {
        for (const by of MOVERS) {
          await tx`update deliveries set ${tx({ status: from, ...columnsOf(from) })} where order_id = ${orderId}`
          const should = expected(DELIVERY_TRANSITIONS, from, event, by)
          const set = typeof should === 'string' ? columnsOf(should) : {}
          const before = await historyLength(tx)
          const result = await outcome(moveDelivery(tx, orderId, event, { by, now: new Date(0) }, set))
          const [now] = await tx<{ status: string }[]>`select status from deliveries where order_id = ${orderId}`
          const isMoved = typeof result === 'string'
          const told = (await historyLength(tx)) - before
          if (result !== should || now!.status !== (isMoved ? should : from) || told !== (isMoved ? 1 : 0)) {
            wrong.push(`${from} ${event} by ${by}: ${result}, not ${should}; is ${now!.status}; ${told} told`)
          }
        }
      }
    }
  })
  expect(wrong).toEqual([])
})

test('the database itself keeps a delivery from being with nobody, or with somebody too early', async () => {
  for (const [status, columns] of [
    ['assigned', { driver_id: null, offer_id: null }],
    ['unassigned', { driver_id: driverId, offer_id: null }],
    ['offered', { driver_id: null, offer_id: null }],
    ['cancelled', { driver_id: driverId, offer_id: null }],
    ['picked_up', { driver_id: driverId, offer_id: offerId }],
  ] as const) {
    const write = sql()`update deliveries set ${sql()({ status, ...columns })} where order_id = ${orderId}`
    await expect(write.execute()).rejects.toThrow('deliveries_')
  }
})

test('an order that there is not cannot be moved', async () => {
  const nothing = newId()
  const move = { by: 'chef', now: new Date(0) } as const
  await tryOut(async (tx) => {
    await expect(moveOrder(tx, nothing, 'accept', move)).rejects.toMatchObject({ status: 404 })
    await expect(moveDelivery(tx, nothing, 'drop', { ...move, by: 'driver' })).rejects.toMatchObject({ status: 404 })
  })
})

test('the refusal tells both states as they are', async () => {
  await tryOut(async (tx) => {
    await tx`update orders set status = 'picked_up' where id = ${orderId}`
    await tx`update deliveries set status = 'in_transit', driver_id = ${driverId} where order_id = ${orderId}`
    await expect(moveOrder(tx, orderId, 'cancel', { by: 'chef', now: new Date(0) })).rejects.toMatchObject({
      status: 409,
      slug: 'order-not-open',
      extras: { currentStatus: 'in_transit', currentDeliveryStatus: 'in_transit' },
    })
  })
})

test('of two who move an order at once, the second finds it moved', async () => {
  const { id } = await given.order({ until: 'paid' })
  const ending = (event: 'accept' | 'reject') =>
    database.begin((tx) => moveOrder(tx, id, event, { by: 'chef', now: new Date() }))
  const results = await Promise.allSettled([ending('accept'), ending('reject')])
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  const lost = results.find((one) => one.status === 'rejected')
  expect(lost?.reason).toMatchObject({ status: 409, slug: 'order-not-open' })
  const history = await sql()`select to_status from order_events where order_id = ${id} order by id`
  const [row] = await sql()`select status from orders where id = ${id}`
  expect(history.at(-1)!.toStatus).toBe(row!.status)
  expect(history).toHaveLength(3)
})

test('a move that is undone is not in the history, nor told to anyone', async () => {
  const { id } = await given.order({ until: 'paid' })
  await tryOut(async (tx) => void (await moveOrder(tx, id, 'accept', { by: 'chef', now: new Date() })))
  const [row] = await sql()`select status from orders where id = ${id}`
  expect(row!.status).toBe('payment_confirmed')
  const events = () => sql()`select event from order_events where order_id = ${id} order by id`
  expect((await events()).map(({ event }) => event)).toEqual(['place', 'pay'])
  await eventually('the numbers of its events', async () => {
    const told = await sql()`select type from events where ${`order:${id}`} = any(topics) and seq > 0 order by seq`
    return told.map(({ type }) => type).join() === 'order.placed,order.paid'
  })
})
