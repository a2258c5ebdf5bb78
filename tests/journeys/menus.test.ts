import { beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { as, type Cook, deliveryAddress, given, type Person } from '../support/given'
import { call, sql, useMarket } from '../support/market'

useMarket()

let mai: Cook
let nils: Cook
let nora: Person
beforeAll(async () => {
  mai = await given.chef('mai')
  nils = await given.chef('nils')
  nora = await given.customer('nora')
})

type Menu = { id: string; name: string; description: string; items: { id: string; name: string }[] }

const menusOf = async (chef: Cook): Promise<Menu[]> => (await call('GET', `/chefs/${chef.chefId}/menu`)).body.menus
const menusPath = (chef: Cook, ...more: string[]) => [`/chefs/${chef.chefId}/menus`, ...more].join('/')
const itemsPath = (chef: Cook, menuId = chef.menuId, ...more: string[]) => menusPath(chef, menuId, 'items', ...more)
const order = (chef: Cook, menuItemId: string, quantity = 1) =>
  as(nora).post('/orders', {
    chefId: chef.chefId,
    items: [{ menuItemId, quantity }],
    deliveryAddress: deliveryAddress(),
  })

test('a menu is added, read by anyone, changed and removed with its items', async () => {
  const added = await as(mai).post(menusPath(mai), { name: 'Lunch', position: 5 })
  expect(added.status).toBe(201)
  expect(added.body).toEqual({ id: expect.any(String), name: 'Lunch', description: '', items: [] })
  expect((await menusOf(mai)).at(-1)).toEqual(added.body)

  const path = menusPath(mai, added.body.id)
  const item = (await as(mai).post(`${path}/items`, { name: 'Tom yum', priceCents: 1_100 })).body
  expect((await as(mai).patch(path, { name: 'Dinner', description: 'After six' })).body).toEqual({
    id: added.body.id,
    name: 'Dinner',
    description: 'After six',
    items: [item],
  })

  expect((await as(mai).delete(path)).status).toBe(204)
  expect((await menusOf(mai)).map(({ id }) => id)).not.toContain(added.body.id)
  expect(await as(mai).delete(path)).toBeProblem(404, 'menu-not-found')
  expect(await as(mai).patch(path, { name: 'Again' })).toBeProblem(404, 'menu-not-found')
  expect(await as(mai).post(`${path}/items`, { name: 'Tom kha', priceCents: 1_100 })).toBeProblem(404, 'menu-not-found')
  expect(await order(mai, item.id)).toBeProblem(422, 'unknown-item')
})

test('an item has what was said of it, and the rest by default', async () => {
  const plain = (await as(mai).post(itemsPath(mai), { name: 'Rice', priceCents: 300 })).body
  expect(plain).toEqual({
    id: expect.any(String),
    name: 'Rice',
    description: '',
    priceCents: 300,
    prepMinutes: 20,
    dietaryTags: [],
    allergens: [],
    isAvailable: true,
    portionsPerDay: null,
    portionsLeft: null,
  })
  const full = {
    name: 'Pad thai',
    description: 'With tofu',
    priceCents: 1_350,
    prepMinutes: 25,
    dietaryTags: ['vegan', 'dairy-free'],
    allergens: ['peanuts', 'soy'],
    isAvailable: false,
    portionsPerDay: 12,
  }
  const item = (await as(mai).post(itemsPath(mai), full)).body
  expect(item).toEqual({ ...full, id: expect.any(String), portionsLeft: 12 })
  const [menu] = await menusOf(mai)
  expect(menu!.items.find(({ id }) => id === item.id)).toEqual(item)
})

test('of an item only what is sent changes; a limit goes with null', async () => {
  const path = itemsPath(mai)
  const item = (await as(mai).post(path, { name: 'Larb', priceCents: 1_000, portionsPerDay: 5, allergens: ['fish'] }))
    .body
  const change = (change: object) => as(mai).patch(`${path}/${item.id}`, change)
  expect((await change({ priceCents: 1_150 })).body).toEqual({ ...item, priceCents: 1_150 })
  expect((await change({ portionsPerDay: null, allergens: [] })).body).toEqual({
    ...item,
    priceCents: 1_150,
    portionsPerDay: null,
    portionsLeft: null,
    allergens: [],
  })
  expect((await change({})).status).toBe(200)
})

test('what is switched off is shown, and not sold; what is removed is neither', async () => {
  const item = (await as(mai).post(itemsPath(mai), { name: 'Satay', priceCents: 1_200 })).body
  await as(mai).patch(itemsPath(mai, mai.menuId, item.id), { isAvailable: false })
  const shown = (await menusOf(mai))[0]!.items.find(({ id }) => id === item.id)
  expect(shown).toMatchObject({ isAvailable: false })
  expect(await order(mai, item.id)).toBeProblem(409, 'sold-out')
  expect((await as(mai).delete(itemsPath(mai, mai.menuId, item.id))).status).toBe(204)
  expect((await menusOf(mai))[0]!.items.map(({ id }) => id)).not.toContain(item.id)
  expect(await order(mai, item.id)).toBeProblem(422, 'unknown-item')
  expect(await as(mai).delete(itemsPath(mai, mai.menuId, item.id))).toBeProblem(404, 'menu-item-not-found')
})

test('a change is seen at once by who reads the menu next', async () => {
  const path = itemsPath(mai, mai.menuId, mai.itemId)
  for (const priceCents of [1_300, 1_400, 1_200]) {
    await as(mai).patch(path, { priceCents })
    expect((await menusOf(mai))[0]!.items.find(({ id }) => id === mai.itemId)).toMatchObject({ priceCents })
  }
})

test('an order keeps what it was: name and price of the day it was placed', async () => {
  const item = (await as(mai).post(itemsPath(mai), { name: 'Curry', priceCents: 1_500 })).body
  const { id } = (await order(mai, item.id)).body
  await as(mai).patch(itemsPath(mai, mai.menuId, item.id), { name: 'Green curry', priceCents: 1_900 })
  await as(mai).delete(itemsPath(mai, mai.menuId, item.id))
  expect((await as(nora).get(`/orders/${id}`)).body.items[0]).toMatchObject({ name: 'Curry', unitPriceCents: 1_500 })
})

test('menus and items come in the order of their positions', async () => {
  const chef = await given.chef('ming')
  const add = async (name: string, position: number) =>
    (await as(chef).post(menusPath(chef), { name, position })).body.id as string
  const [third, first] = [await add('Third', 30), await add('First', 10)]
  await as(chef).patch(menusPath(chef, chef.menuId), { position: 20 })
  expect((await menusOf(chef)).map(({ id }) => id)).toEqual([first, chef.menuId, third])
  for (const [name, position] of [
    ['b', 2],
    ['c', 3],
    ['a', 1],
  ] as const)
    await as(chef).post(itemsPath(chef, first), { name, priceCents: 100, position })
  expect((await menusOf(chef))[0]!.items.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
})

test('nobody changes the menu of somebody else', async () => {
  const ways = [
    () => as(nils).post(menusPath(mai), { name: 'Mine now' }),
    () => as(nils).patch(menusPath(mai, mai.menuId), { name: 'Mine now' }),
    () => as(nils).delete(menusPath(mai, mai.menuId)),
    () => as(nils).post(itemsPath(mai), { name: 'Mine now', priceCents: 100 }),
    () => as(nils).patch(itemsPath(mai, mai.menuId, mai.itemId), { priceCents: 1 }),
    () => as(nils).delete(itemsPath(mai, mai.menuId, mai.itemId)),
    () => as(nora).patch(itemsPath(mai, mai.menuId, mai.itemId), { priceCents: 1 }),
  ]
  const before = await menusOf(mai)
  for (const way of ways) expect(await way()).toBeProblem(403)
  const item = itemsPath(mai, mai.menuId, mai.itemId)
  expect(await call('PATCH', item, { body: { priceCents: 1 } })).toBeProblem(401)
  expect(await menusOf(mai)).toEqual(before)
})

test('nor through the path of his own kitchen', async () => {
  expect(await as(nils).patch(menusPath(nils, mai.menuId), { name: 'x' })).toBeProblem(404, 'menu-not-found')
  expect(await as(nils).delete(menusPath(nils, mai.menuId))).toBeProblem(404, 'menu-not-found')
  const stolen = { name: 'x', priceCents: 100 }
  expect(await as(nils).post(itemsPath(nils, mai.menuId), stolen)).toBeProblem(404, 'menu-not-found')
  const item = itemsPath(nils, nils.menuId, mai.itemId)
  expect(await as(nils).patch(item, { priceCents: 1 })).toBeProblem(404, 'menu-item-not-found')
  expect(await as(nils).delete(item)).toBeProblem(404, 'menu-item-not-found')
  expect(await order(nils, mai.itemId)).toBeProblem(422, 'unknown-item')
})

test('an admin may mend any menu', async () => {
  const ada = await given.admin()
  expect((await as(ada).patch(menusPath(mai, mai.menuId), { name: 'Menu' })).status).toBe(200)
  expect((await as(ada).get(`/chefs/${mai.chefId}/menu`)).status).toBe(200)
})

test('the menu of a kitchen that is not approved is there for its chef and for admins only', async () => {
  const lena = await given.chef('lena')
  await sql()`update chefs set verification_status = 'pending' where id = ${lena.chefId}`
  const path = `/chefs/${lena.chefId}/menu`
  expect(await call('GET', path)).toBeProblem(404, 'chef-not-found')
  expect(await as(nora).get(path)).toBeProblem(404, 'chef-not-found')
  expect(await as(nils).get(path)).toBeProblem(404, 'chef-not-found')
  expect(await as(nils).post(menusPath(lena), { name: 'x' })).toBeProblem(404, 'chef-not-found')
  expect((await as(lena).get(path)).body.menus[0].id).toBe(lena.menuId)
  expect(await call('GET', `/chefs/${newId()}/menu`)).toBeProblem(404, 'chef-not-found')
})

test('a kitchen has at most 30 menus, and a menu 100 items', async () => {
  const chef = await given.chef('otto')
  for (let n = 1; n < 30; n++) expect((await as(chef).post(menusPath(chef), { name: `Menu ${n}` })).status).toBe(201)
  expect(await as(chef).post(menusPath(chef), { name: 'One more' })).toBeProblem(409, 'too-many-menus')
  await sql()`
    insert into menu_items (id, menu_id, chef_id, name, price_cents, prep_minutes, created_at)
    select gen_random_uuid(), ${chef.menuId}, ${chef.chefId}, 'Dish', 100, 5, now() from generate_series(2, 100)`
  expect(await as(chef).post(itemsPath(chef), { name: 'One more', priceCents: 100 })).toBeProblem(409, 'too-many-items')
})
