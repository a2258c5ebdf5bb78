/** A key makes a request that creates or moves money happen once, however often it is sent. */
import { beforeAll, expect, test } from 'bun:test'
import { resetClock, turnClock } from '#core/clock'
import { changedTables, marketState } from '../support/contract-state'
import { as, type Cook, deliveryAddress, given, PASSWORD, type Person } from '../support/given'
import { call, type Reply, sql, useMarket } from '../support/market'

useMarket({ environment: { DISPATCH_ROUND_MS: '60000' } })

let nora: Person
let mai: Cook
beforeAll(async () => {
  nora = await given.customer('nora')
  mai = await given.chef('mai')
})

const basket = (quantity = 2) => ({
  chefId: mai.chefId,
  items: [{ menuItemId: mai.itemId, quantity }],
  deliveryAddress: deliveryAddress(),
})
const withKey = (key: string) => ({ 'idempotency-key': key })
const DAY_MS = 24 * 3_600_000
const isReplay = ({ headers }: Reply) => headers.get('idempotent-replayed') === 'true'

type Send = (person: Person, key: string, isOther?: boolean) => Promise<Reply>
type Row = { name: string; status: number; who: () => Promise<Person>; send: Send; hasBody: boolean }

/** Each POST that creates or moves money; `isOther` asks for something else under the same key. */
const rows = async (): Promise<Row[]> => {
  const order = await given.order({ customer: nora, chef: mai })
  const other = await given.order({ customer: nora, chef: mai })
  const [intent, otherIntent] = [
    await as(nora).post(`/orders/${order.id}/create-payment-intent`),
    await as(nora).post(`/orders/${other.id}/create-payment-intent`),
  ].map(({ body }) => body.paymentIntentId)
  const delivered = await given.order({ until: 'delivered', customer: nora, chef: mai })
  const ada = await given.admin('ada')
  const post =
    (path: string, body: (isOther: boolean) => object | undefined): Send =>
    (person, key, isOther = false) =>
      as(person).post(path, body(isOther), withKey(key))
  const customer = async () => nora
  const refund = (isOther: boolean) => ({ amountCents: isOther ? 101 : 100, reason: 'Cold' })
  return [
    { name: 'quote', status: 201, who: customer, send: post('/quotes', (o) => basket(o ? 3 : 2)), hasBody: true },
    { name: 'order', status: 201, who: customer, send: post('/orders', (o) => basket(o ? 3 : 2)), hasBody: true },
    {
      name: 'payment intent',
      status: 200,
      who: customer,
      send: post(`/orders/${order.id}/create-payment-intent`, () => undefined),
      hasBody: false,
    },
    {
      name: 'payment',
      status: 200,
      who: customer,
      send: (person, key, isOther) =>
        as(person).post(`/payments/simulated/${isOther ? otherIntent : intent}/confirm`, undefined, withKey(key)),
      hasBody: false,
    },
    {
      name: 'refund',
      status: 200,
      who: async () => ada,
      send: post(`/orders/${delivered.id}/refund`, refund),
      hasBody: true,
    },
  ]
}

test('sent again, it is answered as before and nothing happens; with another body it is refused', async () => {
  for (const { name, status, who, send, hasBody } of await rows()) {
    const person = await who()
    const first = await send(person, `key-${name.replace(' ', '-')}`)
    expect([name, first.status, isReplay(first)]).toEqual([name, status, false])
    const before = await marketState()
    const second = await send(person, `key-${name.replace(' ', '-')}`)
    expect([name, second.status, isReplay(second)]).toEqual([name, status, true])
    expect(second.body).toEqual(first.body)
    if (hasBody) {
      const third = await send(person, `key-${name.replace(' ', '-')}`, true)
      expect(third).toBeProblem(422, 'idempotency-key-reused')
      expect(JSON.stringify(third.body)).not.toContain(first.body.id)
    }
    expect({ [name]: changedTables(before, await marketState()) }).toEqual({ [name]: [] })
  }
})

test('the order of its fields does not make it another body', async () => {
  const { chefId, items, deliveryAddress: address } = basket()
  const first = await as(nora).post('/quotes', { chefId, items, deliveryAddress: address }, withKey('fields'))
  const second = await as(nora).post('/quotes', { deliveryAddress: address, items, chefId }, withKey('fields'))
  expect(second.body).toEqual(first.body)
})

test('a key is of one person and one operation', async () => {
  const sara = await given.customer('sara')
  const first = await as(nora).post('/orders', basket(), withKey('shared'))
  const hers = await as(sara).post('/orders', basket(), withKey('shared'))
  const quote = await as(nora).post('/quotes', basket(), withKey('shared'))
  expect([first.status, hers.status, quote.status]).toEqual([201, 201, 201])
  expect([isReplay(hers), isReplay(quote)]).toEqual([false, false])
  expect(hers.body.id).not.toBe(first.body.id)
})

test('what was refused may be tried again under the same key', async () => {
  const hours = (open: boolean) => as(mai).patch(`/chefs/${mai.chefId}`, { hours: open ? null : [] })
  await hours(false)
  expect(await as(nora).post('/orders', basket(), withKey('retry'))).toBeProblem(409, 'kitchen-closed')
  await hours(true)
  const retried = await as(nora).post('/orders', basket(), withKey('retry'))
  expect([retried.status, isReplay(retried)]).toEqual([201, false])
})

test('sent many times at once, it happens once: the others get its answer, or are told that it still runs', async () => {
  const eva = await given.customer('eva')
  const replies = await Promise.all(
    Array.from({ length: 12 }, () => as(eva).post('/orders', basket(), withKey('at-once'))),
  )
  const made = replies.filter(({ status }) => status === 201)
  expect(made.filter((reply) => !isReplay(reply)).length).toBe(1)
  expect(new Set(made.map(({ body }) => body.id)).size).toBe(1)
  for (const reply of replies.filter(({ status }) => status !== 201)) {
    expect(reply).toBeProblem(409, 'request-in-progress')
  }
  const [{ count }] = await sql()<[{ count: number }]>`select count(*) from orders where customer_id = ${eva.userId}`
  expect(count).toBe(1)
})

test('a key is kept for a day', async () => {
  const ida = await given.customer('ida')
  const first = await as(ida).post('/quotes', basket(), withKey('daily'))
  turnClock(DAY_MS + 1)
  try {
    const body = { email: ida.email, password: PASSWORD }
    const token = (await call('POST', '/auth/login', { body })).body.accessToken
    const later = await as({ token }).post('/quotes', basket(), withKey('daily'))
    expect([later.status, isReplay(later)]).toEqual([201, false])
    expect(later.body.id).not.toBe(first.body.id)
  } finally {
    resetClock()
  }
})
