import { beforeAll, expect, test } from 'bun:test'
import { as, type Cook, deliveryAddress, given, type Person } from '../support/given'
import { type Reply, sql, useMarket } from '../support/market'

useMarket()

let nora: Person
let count = 0
beforeAll(async () => {
  nora = await given.customer('nora')
})

const kitchen = (portionsPerDay: number | null) => given.chef(`mai${++count}`, { item: { portionsPerDay } })

type Line = [itemId: string, quantity: number]

const place = (chef: Cook, lines: Line[], customer = nora): Promise<Reply> =>
  as(customer).post('/orders', {
    chefId: chef.chefId,
    items: lines.map(([menuItemId, quantity]) => ({ menuItemId, quantity })),
    deliveryAddress: deliveryAddress(),
  })
const buy = (chef: Cook, quantity: number, customer = nora) => place(chef, [[chef.itemId, quantity]], customer)

const shown = async (chef: Cook, index = 0) =>
  (await as(nora).get(`/chefs/${chef.chefId}/menu`)).body.menus[0].items[index]
const left = async (chef: Cook) => (await shown(chef)).portionsLeft

const addDish = async (chef: Cook, name: string, portionsPerDay: number | null) => {
  const path = `/chefs/${chef.chefId}/menus/${chef.menuId}/items`
  return (await as(chef).post(path, { name, priceCents: 1_500, portionsPerDay })).body.id as string
}

test('an order takes its portions at once, and no more can be had than there are', async () => {
  const mai = await kitchen(3)
  expect((await buy(mai, 2)).status).toBe(201)
  expect(await shown(mai)).toMatchObject({ portionsPerDay: 3, portionsLeft: 1, isAvailable: true })
  const tooMany = await buy(mai, 2)
  expect(tooMany).toBeProblem(409, 'sold-out')
  expect(tooMany.body.menuItemId).toBe(mai.itemId)
  expect((await buy(mai, 1)).status).toBe(201)
  expect(await shown(mai)).toMatchObject({ portionsLeft: 0, isAvailable: false })
  expect(await buy(mai, 1)).toBeProblem(409, 'sold-out')
})

test('a dish without a limit is never sold out', async () => {
  const mai = await kitchen(null)
  expect((await buy(mai, 99)).status).toBe(201)
  expect(await shown(mai)).toMatchObject({ portionsPerDay: null, portionsLeft: null, isAvailable: true })
})

test('of many who want the last portion at once exactly one gets it', async () => {
  const mai = await kitchen(1)
  const people = await Promise.all(Array.from({ length: 8 }, (_, i) => given.customer(`nora${i}`)))
  const replies = await Promise.all(people.map((person) => buy(mai, 1, person)))
  expect(replies.map(({ status }) => status).toSorted()).toEqual([201, ...Array(7).fill(409)])
  for (const reply of replies.filter(({ status }) => status === 409)) expect(reply).toBeProblem(409, 'sold-out')
  const orders = await sql()`select id from orders where chef_id = ${mai.chefId}`
  expect(orders).toHaveLength(1)
  expect(await left(mai)).toBe(0)
})

test('the same dish on two lines counts as one', async () => {
  const mai = await kitchen(3)
  const twice: Line[] = [
    [mai.itemId, 2],
    [mai.itemId, 2],
  ]
  expect(await place(mai, twice)).toBeProblem(409, 'sold-out')
  expect(await left(mai)).toBe(3)
  expect((await place(mai, [...twice.slice(1), [mai.itemId, 1]])).status).toBe(201)
  expect(await left(mai)).toBe(0)
})

test('all or nothing: when one dish is sold out the other is not taken', async () => {
  const mai = await kitchen(5)
  const soup = await addDish(mai, 'Tom yum', 1)
  expect((await place(mai, [[soup, 1]])).status).toBe(201)
  const both: Line[] = [
    [mai.itemId, 2],
    [soup, 1],
  ]
  const refused = await place(mai, both)
  expect(refused).toBeProblem(409, 'sold-out')
  expect(refused.body.menuItemId).toBe(soup)
  expect(await left(mai)).toBe(5)
})

test('orders that want two dishes in opposite order do not block each other', async () => {
  const mai = await kitchen(100)
  const soup = await addDish(mai, 'Tom yum', 100)
  const there: Line[] = [
    [mai.itemId, 1],
    [soup, 1],
  ]
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, i) => place(mai, i % 2 ? there : there.toReversed())),
  )
  expect(replies.map(({ status }) => status)).toEqual(Array(20).fill(201))
  expect([await left(mai), (await shown(mai, 1)).portionsLeft]).toEqual([80, 80])
})

test.each<['pending' | 'paid' | 'accepted' | 'preparing', 'customer' | 'chef', string]>([
  ['pending', 'customer', 'cancel'],
  ['paid', 'customer', 'cancel'],
  ['paid', 'chef', 'reject'],
  ['accepted', 'customer', 'cancel'],
  ['preparing', 'chef', 'cancel'],
])('an order that is %s and that its %s %ss gives its portions back, once', async (until, who, verb) => {
  const mai = await kitchen(4)
  const { id } = await given.order({ until, chef: mai, customer: nora, quantity: 3 })
  expect(await left(mai)).toBe(1)
  const end = () => as(who === 'chef' ? mai : nora).patch(`/orders/${id}/${verb}`, { reason: 'Because' })
  expect((await end()).status).toBe(200)
  expect(await left(mai)).toBe(4)
  expect((await buy(mai, 2)).status).toBe(201)
  expect(await end()).toBeProblem(409, 'order-not-open')
  expect(await left(mai)).toBe(2)
})

test('the database itself gives the portions of an order back only once', async () => {
  const mai = await kitchen(4)
  const { id } = await given.order({ until: 'pending', chef: mai, customer: nora, quantity: 3 })
  await buy(mai, 1)
  await sql()`select release_portions(${id})`
  await sql()`select release_portions(${id})`
  expect(await left(mai)).toBe(3)
})

test('what was eaten is not given back with the money', async () => {
  const mai = await kitchen(4)
  const { id, totalCents } = await given.order({ until: 'delivered', chef: mai, customer: nora, quantity: 3 })
  const ada = await given.admin()
  const refund = { amountCents: totalCents, reason: 'It was cold' }
  expect((await as(ada).post(`/orders/${id}/refund`, refund)).body.status).toBe('refunded')
  expect(await left(mai)).toBe(1)
})

test('the portions are those of a day: tomorrow there are as many again', async () => {
  const mai = await kitchen(2)
  await buy(mai, 2)
  expect(await left(mai)).toBe(0)
  await sql()`update item_portions set day = day - 1 where item_id = ${mai.itemId}`
  expect(await left(mai)).toBe(2)
  expect((await buy(mai, 2)).status).toBe(201)
})

test('a late cancellation gives back the portions of the day it was ordered for', async () => {
  const mai = await kitchen(2)
  const { id } = await given.order({ until: 'paid', chef: mai, customer: nora, quantity: 2 })
  await sql()`update item_portions set day = day - 1 where item_id = ${mai.itemId}`
  await sql()`update orders set portions_day = portions_day - 1 where id = ${id}`
  await buy(mai, 1)
  await as(nora).patch(`/orders/${id}/cancel`, { reason: 'Ill' })
  const days = await sql()`select reserved_count from item_portions where item_id = ${mai.itemId} order by day`
  expect(days.map(({ reservedCount }) => reservedCount)).toEqual([0, 1])
})

test('a chef who lowers the limit below what is sold sells no more, and takes nothing back', async () => {
  const mai = await kitchen(5)
  const { id } = await given.order({ until: 'paid', chef: mai, customer: nora, quantity: 4 })
  const item = `/chefs/${mai.chefId}/menus/${mai.menuId}/items/${mai.itemId}`
  expect((await as(mai).patch(item, { portionsPerDay: 2 })).body).toMatchObject({ portionsLeft: 0, isAvailable: false })
  expect(await buy(mai, 1)).toBeProblem(409, 'sold-out')
  expect((await as(mai).patch(`/orders/${id}/accept`)).status).toBe(200)
})
