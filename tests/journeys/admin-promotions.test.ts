import { beforeAll, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { newId } from '#core/ids'
import { as, type Cook, deliveryAddress, given, type Person } from '../support/given'
import { useMarket } from '../support/market'

useMarket()

let ada: Person
let mai: Cook
beforeAll(async () => {
  ada = await given.admin('ada')
  mai = await given.chef('mai')
})

const PATH = '/admin/promotions'
const inHours = (hours: number) => new Date(clock.nowMs() + hours * 3_600_000).toISOString()
const newCode = () => `CODE-${newId().slice(-8).toUpperCase()}`
const give = (more: object = {}) =>
  as(ada).post(PATH, { code: newCode(), discountBps: 2_000, endsAt: inHours(1), ...more })
const change = (id: string, what: object) => as(ada).patch(`${PATH}/${id}`, what)
const listed = async (query = '') => (await as(ada).get(`${PATH}${query}`)).body

const ask = (path: '/quotes' | '/orders', promoCode: string, who: Person) =>
  as(who).post(path, {
    chefId: mai.chefId,
    items: [{ menuItemId: mai.itemId, quantity: 2 }],
    deliveryAddress: deliveryAddress(),
    promoCode,
  })
const order = async (code: string) => ask('/orders', code, await given.customer())

test('a code that an admin gives out counts at once, in any case, until she ends it', async () => {
  const made = await give()
  expect(made.status).toBe(201)
  const { id, code } = made.body
  expect(made.body).toEqual({
    id: expect.any(String),
    code: expect.any(String),
    discountBps: 2_000,
    discountCentsMax: null,
    subtotalCentsMin: 0,
    startsAt: expect.any(String),
    endsAt: expect.any(String),
    redemptionCount: 0,
    redemptionCountMax: null,
    createdAt: expect.any(String),
  })
  const nora = await given.customer('nora')
  expect((await ask('/quotes', code.toLowerCase(), nora)).body.discountCents).toBe(480)
  expect((await order(code)).body.discountCents).toBe(480)
  expect((await listed('?limit=1')).data[0]).toMatchObject({ id, code, redemptionCount: 1 })

  const quote = (await ask('/quotes', code, nora)).body
  const endsAt = clock.now().toISOString()
  expect((await change(id, { endsAt })).body).toMatchObject({
    id,
    endsAt,
    redemptionCount: 1,
    redemptionCountMax: null,
  })
  expect(await order(code)).toBeProblem(422, 'promotion-not-valid')
  // What was quoted before is kept.
  expect((await as(nora).post('/orders', { quoteId: quote.id })).body.discountCents).toBe(480)
})

test('with all that there is to say of one', async () => {
  const said = {
    code: newCode(),
    discountBps: 5_000,
    discountCentsMax: 300,
    subtotalCentsMin: 2_400,
    startsAt: inHours(-1),
    endsAt: inHours(2),
    redemptionCountMax: 1,
  }
  expect((await give(said)).body).toMatchObject({ ...said, redemptionCount: 0 })
  expect((await order(said.code)).body.discountCents).toBe(300)
  expect(await order(said.code)).toBeProblem(422, 'promotion-not-valid')
})

test('a code is there once, also when two admins give it out at once', async () => {
  const code = newCode()
  const replies = await Promise.all([give({ code }), give({ code }), give({ code })])
  expect(replies.map(({ status }) => status).toSorted()).toEqual([201, 409, 409])
  expect(await give({ code })).toBeProblem(409, 'code-taken')
})

test('how often it may be used is changed, but not to less than it was', async () => {
  const { id, code } = (await give({ redemptionCountMax: 1 })).body
  expect((await order(code)).status).toBe(201)
  expect(await order(code)).toBeProblem(422, 'promotion-not-valid')
  expect((await change(id, { redemptionCountMax: 2 })).body).toMatchObject({
    redemptionCount: 1,
    redemptionCountMax: 2,
  })
  expect((await order(code)).status).toBe(201)
  const refused = await change(id, { redemptionCountMax: 1 })
  expect(refused).toBeProblem(409, 'promotion-redeemed')
  expect(refused.body.redemptionCount).toBe(2)
  expect((await change(id, { redemptionCountMax: null })).body.redemptionCountMax).toBeNull()
  expect((await order(code)).status).toBe(201)
})

test('one that has not begun is ended by its maximum', async () => {
  const { id, endsAt } = (await give({ startsAt: inHours(1), endsAt: inHours(2) })).body
  expect(await change(id, { endsAt: inHours(0) })).toBeProblem(422, 'invalid-request')
  expect((await change(id, { redemptionCountMax: 0 })).body).toMatchObject({ endsAt, redemptionCountMax: 0 })
})

test('orders that use it while its maximum is lowered do not pass it', async () => {
  const { id, code } = (await give()).body
  const people = await Promise.all(Array.from({ length: 4 }, () => given.customer()))
  const [lowered, ...orders] = await Promise.all([
    change(id, { redemptionCountMax: 2 }),
    ...people.map((who) => ask('/orders', code, who)),
  ])
  const used = orders.filter(({ status }) => status === 201).length
  if (lowered.status === 200) expect(used).toBeLessThanOrEqual(2)
  else expect(lowered).toBeProblem(409, 'promotion-redeemed')
  expect((await change(id, {})).body.redemptionCount).toBe(used)
})

test('a change of nothing changes nothing, and of one that is not there is refused', async () => {
  const made = (await give({ redemptionCountMax: 5 })).body
  expect((await change(made.id, {})).body).toEqual(made)
  expect(await change(newId(), {})).toBeProblem(404, 'promotion-not-found')
})

test('they are listed page by page, the newest first, each once', async () => {
  for (let n = 0; n < 3; n++) await give()
  const all: { id: string }[] = (await listed('?limit=100')).data
  const paged: string[] = []
  for (let cursor = ''; ; ) {
    const page = await listed(`?limit=2${cursor}`)
    paged.push(...page.data.map(({ id }: { id: string }) => id))
    if (page.nextCursor === null) break
    cursor = `&cursor=${page.nextCursor}`
  }
  expect(paged).toEqual(all.map(({ id }) => id))
  expect(paged).toEqual(paged.toSorted().reverse())
})
