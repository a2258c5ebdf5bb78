/** Addresses whose coordinates are left out, with a geocoder. */
import { afterAll, expect, test } from 'bun:test'
import { houseAt, STREET, startNominatim } from '../support/geocoder-servers'
import { as, deliveryAddress, given } from '../support/given'
import { call, useMarket } from '../support/market'

const geocoder = startNominatim()
afterAll(() => geocoder.stop())
useMarket({ environment: { GEOCODER: 'nominatim', GEOCODER_URL: geocoder.url, GEOCODER_PER_SECOND: '1000' } })

const at = (street: string) => ({ street, city: 'Göteborg', postalCode: '411 01' })
const basket = (cook: { chefId: string; itemId: string }, address: object) => ({
  chefId: cook.chefId,
  items: [{ menuItemId: cook.itemId, quantity: 2 }],
  deliveryAddress: address,
})

test('a quote and its order are for the house that the address is', async () => {
  const [mai, nora] = [await given.chef(), await given.customer()]
  const quote = await as(nora).post('/quotes', basket(mai, at(`${STREET} 5`)), { 'idempotency-key': 'a-quote' })
  expect(quote.status).toBe(201)
  const order = await as(nora).post('/orders', { quoteId: quote.body.id })
  expect(order.body).toMatchObject({
    totalCents: quote.body.totalCents,
    deliveryAddress: { ...at(`${STREET} 5`), coordinates: houseAt(5) },
  })
  const direct = await as(nora).post('/orders', basket(mai, at(`${STREET} 5`)))
  expect(direct.body.deliveryAddress.coordinates).toEqual(houseAt(5))
  expect(geocoder.seen).toHaveLength(1)
})

test('with a quote, an address without coordinates must be the one that was quoted', async () => {
  const [mai, nora] = [await given.chef(), await given.customer()]
  const quote = (await as(nora).post('/quotes', basket(mai, at(`${STREET} 6`)))).body
  const other = { quoteId: quote.id, deliveryAddress: at(`${STREET} 8`) }
  expect(await as(nora).post('/orders', other)).toBeProblem(422, 'quote-mismatch')
  const same = await as(nora).post('/orders', { quoteId: quote.id, deliveryAddress: at(`${STREET} 6`) })
  expect(same.body.deliveryAddress).toEqual({ ...at(`${STREET} 6`), coordinates: houseAt(6) })
})

test('a kitchen applies and moves by its address', async () => {
  const mai = await given.chef()
  const moved = await as(mai).patch(`/chefs/${mai.chefId}`, { address: at(`${STREET} 9`) })
  expect(moved.body.address).toEqual({ ...at(`${STREET} 9`), coordinates: houseAt(9) })
  const asked = geocoder.seen.length
  const lena = await given.chef('lena')
  expect(await as(lena).patch(`/chefs/${mai.chefId}`, { address: at(`${STREET} 11`) })).toBeProblem(403)
  expect(geocoder.seen).toHaveLength(asked)
})

test('who sends coordinates is believed, and nothing is looked up', async () => {
  const [mai, nora] = [await given.chef(), await given.customer()]
  const asked = geocoder.seen.length
  const reply = await as(nora).post('/orders', basket(mai, deliveryAddress()))
  expect(reply.body.deliveryAddress).toEqual(deliveryAddress())
  expect(geocoder.seen).toHaveLength(asked)
})

test('an address that nobody knows is 422, a geocoder that is away 503, and nothing is placed', async () => {
  const [mai, nora] = [await given.chef(), await given.customer()]
  const unknown = await as(nora).post('/quotes', basket(mai, at('Ingenstans 1')))
  expect(unknown).toBeProblem(422, 'unknown-address')
  expect(unknown.body.errors[0].path).toBe('deliveryAddress')
  geocoder.mishap({ status: 500 })
  const away = await as(nora).post('/orders', basket(mai, at(`${STREET} 12`)))
  expect(away).toBeProblem(503, 'geocoder-unavailable')
  expect(away.headers.get('retry-after')).toBe('5')
  expect(await as(mai).patch(`/chefs/${mai.chefId}`, { address: at(`${STREET} 12`) })).toBeProblem(503)
  geocoder.mishap(undefined)
  expect((await as(nora).post('/orders', basket(mai, at(`${STREET} 12`)))).status).toBe(201)
  expect((await as(nora).get('/orders')).body.data).toHaveLength(1)
  expect(geocoder.faults).toEqual([])
})

test('it is not for strangers', async () => {
  const asked = geocoder.seen.length
  expect((await call('POST', '/quotes', { body: { deliveryAddress: at(`${STREET} 14`) } })).status).toBe(401)
  expect(geocoder.seen).toHaveLength(asked)
})
