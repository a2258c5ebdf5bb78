/** What cannot be read, or does not fit its schema, is refused as a problem that names the fields and echoes no values. */
import { beforeAll, expect, test } from 'bun:test'
import { addSeconds, clock } from '#core/clock'
import { fields, hiding, invalid, malformed, refused, testRefusals } from '../support/contract-refusals'
import { as, type Cook, type Courier, deliveryAddress, given, type Person } from '../support/given'
import { baseUrl, type CallOptions, call, type Reply, useMarket } from '../support/market'

const BODY_BYTES_MAX = 65_536
useMarket({ environment: { DISPATCH_ROUND_MS: '60000', BODY_BYTES_MAX: String(BODY_BYTES_MAX) } })

let nora: Person
let mai: Cook
let omar: Courier
let ada: Person
beforeAll(async () => {
  nora = await given.customer('nora')
  mai = await given.chef('mai')
  omar = await given.driver('omar')
  ada = await given.admin('ada')
})

const ORDER_ID = '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c21'
const basket = (change: object = {}) => ({
  chefId: mai.chefId,
  items: [{ menuItemId: mai.itemId, quantity: 2 }],
  deliveryAddress: deliveryAddress(),
  ...change,
})
const quoted = (options: CallOptions) => call('POST', '/quotes', { token: nora.token, ...options })
const sentAs = (type: string) => quoted({ raw: JSON.stringify(basket()), headers: { 'content-type': type } })
const me = (change: unknown) => as(nora).patch('/users/me', change)
const rawMe = (raw: string) => call('PATCH', '/users/me', { token: nora.token, raw })
const listed = (query: string) => as(nora).get(`/orders?${query}`)
const found = (query: string) => call('GET', `/chefs?${query}`)
const person = { email: 'lea@example.com', password: 'geheim', firstName: 'Lea', lastName: 'Test', role: 'customer' }
const registered = (change: object) => call('POST', '/auth/register', { body: { ...person, ...change } })

/** Sent piece by piece, so that its length is not told beforehand. */
const streamed = async (text: string): Promise<Reply> => {
  const bytes = new TextEncoder().encode(text)
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (let at = 0; at < bytes.length; at += 8_192) {
        controller.enqueue(bytes.subarray(at, at + 8_192))
        await Promise.resolve()
      }
      controller.close()
    },
  })
  const headers = { authorization: `Bearer ${nora.token}`, 'content-type': 'application/json' }
  const answer = await fetch(`${baseUrl()}/quotes`, { method: 'POST', headers, body })
  return { status: answer.status, headers: answer.headers, body: await answer.json() }
}

const LONG = 'x'.repeat(BODY_BYTES_MAX)
const DEEP = '['.repeat(20_000)

testRefusals([
  refused('broken JSON', () => quoted({ raw: '{"chefId":' }), 400, 'malformed-body'),
  refused('JSON with more behind it', () => quoted({ raw: '{} {}' }), 400, 'malformed-body'),
  refused('broken JSON from nobody', () => call('POST', '/auth/login', { raw: '{' }), 400, 'malformed-body'),
  refused('text', () => sentAs('text/plain'), 415, 'unsupported-media-type'),
  refused('a form', () => sentAs('application/x-www-form-urlencoded'), 415, 'unsupported-media-type'),
  refused('a multipart form', () => sentAs('multipart/form-data; boundary=x'), 415, 'unsupported-media-type'),
  refused('a JSON patch', () => sentAs('application/json-patch+json'), 415, 'unsupported-media-type'),
  refused('JSONP', () => sentAs('application/jsonp'), 415, 'unsupported-media-type'),
  refused('no media type', () => sentAs(''), 415, 'unsupported-media-type'),
  hiding(
    ['xxx'],
    refused('too large', () => quoted({ body: { a: LONG } }), 413, 'body-too-large'),
  ),
  refused('too large, piece by piece', () => streamed(JSON.stringify(LONG + LONG)), 413, 'body-too-large'),
  refused('nested too deeply', () => quoted({ raw: DEEP + ']'.repeat(20_000) }), 400, 'malformed-body'),
  invalid('no body', () => quoted({}), ''),
  invalid('an array', () => quoted({ body: [] }), ''),
  invalid('null', () => quoted({ raw: 'null' }), ''),
  hiding(
    ['"quote"'],
    refused('a text as the body', () => quoted({ raw: '"quote"' }), 422, 'invalid-request'),
  ),
])

testRefusals([
  invalid('an unknown field', () => quoted({ body: basket({ coupon: 1 }) }), 'coupon'),
  invalid(
    'an unknown field deep down',
    () => quoted({ body: basket({ deliveryAddress: { ...deliveryAddress(), floor: 3 } }) }),
    'deliveryAddress.floor',
  ),
  invalid('a field that reaches for the prototype', () => rawMe('{"__proto__":{"role":"admin"}}'), '__proto__'),
  invalid('a role that nobody may take', () => registered({ password: 'Password123!', role: 'admin' }), 'role'),
  invalid('a role in a change of the account', () => me({ role: 'admin' }), 'role'),
  invalid('a price of one’s own', () => quoted({ body: basket({ totalCents: 1 }) }), 'totalCents'),
  invalid(
    'numbers as text',
    () => quoted({ body: basket({ items: [{ menuItemId: mai.itemId, quantity: '2' }] }) }),
    'items.0.quantity',
  ),
  invalid(
    'a number too large for JSON',
    () =>
      call('POST', '/quotes', {
        token: nora.token,
        raw: JSON.stringify(basket({ tipCents: 7 })).replace(':7', ':1e999'),
      }),
    'tipCents',
  ),
  invalid('text for yes or no', () => as(omar).patch('/drivers/availability', { isAvailable: 'yes' }), 'isAvailable'),
  hiding(
    ['geheim'],
    invalid('several faults', () => registered({ email: 'lea', lastName: '' }), 'email', 'password', 'lastName'),
  ),
  hiding(
    ['geheim'],
    invalid('a password too short', () => registered({}), 'password'),
  ),
  hiding(
    ['geheim'],
    refused('a password that is no text', () => registered({ password: ['geheim'] }), 422, 'invalid-request'),
  ),
  hiding(
    ['geheim', 'ja"'],
    invalid(
      'a password beside an unknown field',
      () => call('POST', '/auth/login', { body: { email: 'lea@example.com', password: 'geheim', remember: 'ja' } }),
      'remember',
    ),
  ),
  hiding(
    ['geheim', 'example.com'],
    refused(
      'a wrong password',
      () => call('POST', '/auth/login', { body: { email: nora.email, password: 'geheim' } }),
      401,
      'wrong-credentials',
    ),
  ),
  hiding(
    ['geheim'],
    invalid(
      'a token in the wrong place',
      () => call('POST', '/auth/refresh', { body: { token: 'geheim' } }),
      'refreshToken',
      'token',
    ),
  ),
  hiding(
    ['0701740605'],
    invalid('a phone number without its country', () => me({ phoneNumber: '0701740605' }), 'phoneNumber'),
  ),
])

const bell = String.fromCharCode(7)
const nul = String.fromCharCode(0)

testRefusals([
  invalid('NUL in a text', () => me({ firstName: `a${nul}b` }), 'firstName'),
  invalid('a bell in a text', () => me({ firstName: `a${bell}b` }), 'firstName'),
  invalid('half a character', () => rawMe('{"firstName":"a\\ud800b"}'), 'firstName'),
  invalid(
    'half a character in the notes of a dish',
    () =>
      quoted({
        raw: JSON.stringify(basket({ items: [{ menuItemId: mai.itemId, quantity: 2, notes: '?' }] })).replace(
          '?',
          '\\udfff',
        ),
      }),
    'items.0.notes',
  ),
  refused('NUL in a promotion code', () => quoted({ body: basket({ promoCode: `A${nul}` }) }), 422, 'invalid-request'),
  refused(
    'NUL in a token',
    () => call('POST', '/auth/verify-email', { body: { token: `a${nul}` } }),
    422,
    'token-not-valid',
  ),
  invalid('nothing but blanks', () => me({ firstName: ' \n ' }), 'firstName'),
  hiding(
    ['xxx'],
    invalid('a text too long', () => me({ firstName: 'x'.repeat(81) }), 'firstName'),
  ),
  invalid(
    'a reason too long',
    () => as(ada).patch(`/orders/${ORDER_ID}/cancel`, { reason: 'x'.repeat(301) }),
    'reason',
  ),
])

testRefusals([
  malformed('an id that is none', () => as(nora).get('/orders/123'), 'orderId'),
  malformed('an id with more behind it', () => as(nora).get(`/orders/${ORDER_ID}%0A`), 'orderId'),
  malformed('an id that is no text', () => as(nora).get('/orders/%zz'), 'orderId'),
  hiding(
    ['1=1'],
    malformed('an id that is SQL', () => call('GET', `/chefs/${encodeURIComponent("' or 1=1 --")}`), 'chefId'),
  ),
  malformed('two ids, both wrong', () => as(mai).patch('/chefs/1/menus/2', {}), 'chefId', 'menuId'),
  malformed('no payment intent', () => as(nora).post('/payments/simulated/pi_1/confirm'), 'paymentIntentId'),
  malformed('a limit that is no number', () => listed('limit=abc'), 'limit'),
  malformed('two limits', () => listed('limit=1&limit=2'), 'limit'),
  invalid('a limit too large', () => listed('limit=500'), 'limit'),
  invalid('a limit of nothing', () => listed('limit=0'), 'limit'),
  invalid('a limit below nothing', () => listed('limit=-1'), 'limit'),
  invalid('half a limit', () => listed('limit=1.5'), 'limit'),
  malformed('a limit for an admin', () => as(ada).get('/admin/chefs?limit=abc'), 'limit'),
  refused('a cursor that is none', () => listed('cursor=abc'), 400, 'malformed-cursor'),
  refused('a cursor of another list', () => listed(`cursor=${btoa('[630,"x"]')}`), 400, 'malformed-cursor'),
  invalid('a status that is none', () => listed('status=eaten'), 'status'),
  invalid('no place to look at', () => found('q=thai'), 'lat', 'lng'),
  malformed('a latitude that is no number', () => found('lat=north&lng=11'), 'lat'),
  invalid('a place off the globe', () => found('lat=91&lng=181'), 'lat', 'lng'),
  invalid('a radius of nothing', () => found('lat=57&lng=11&radiusKm=0'), 'radiusKm'),
  invalid('a radius of a country', () => found('lat=57&lng=11&radiusKm=500'), 'radiusKm'),
  invalid('an order that is none', () => as(ada).get('/dispatch/decisions?orderId=1'), 'orderId'),
  malformed(
    'a key too long',
    () => quoted({ body: basket(), headers: { 'idempotency-key': 'k'.repeat(129) } }),
    'idempotency-key',
  ),
  refused(
    'a key with a blank',
    () => quoted({ body: basket(), headers: { 'idempotency-key': 'a b' } }),
    400,
    'malformed-parameter',
  ),
  refused(
    'an empty key',
    () => quoted({ body: basket(), headers: { 'idempotency-key': '' } }),
    400,
    'malformed-parameter',
  ),
  refused('a path that is none', () => as(nora).get('/order'), 404, 'route-not-found'),
  refused(
    'a method that is none',
    () => call('PUT', `/orders/${ORDER_ID}`, { token: nora.token, body: {} }),
    404,
    'route-not-found',
  ),
])

const FIX = { lat: 57.7, lng: 11.97 }
const fixed = (change: object) => as(omar).post('/drivers/location', { ...FIX, ...change })
const inSeconds = (seconds: number) => addSeconds(clock.now(), seconds).toISOString()
const dish = (change: object) =>
  as(mai).post(`/chefs/${mai.chefId}/menus/${mai.menuId}/items`, { name: 'Larb', priceCents: 900, ...change })
const kitchen = (change: object) => as(mai).patch(`/chefs/${mai.chefId}`, change)
const corner = { lat: 1, lng: 1 }
const zone = { slug: 'new', name: 'New', polygon: [corner, corner, corner], currency: 'USD', timeZone: 'UTC' }
const zoned = (change: object) => as(ada).post('/admin/zones', { ...zone, ...change })
const settings = async (change: object) => as(ada).patch(`/admin/zones/${await given.zone()}/settings`, change)

const promoted = (change: object) =>
  as(ada).post('/admin/promotions', { code: 'SPRING', discountBps: 1_000, endsAt: inSeconds(3_600), ...change })
const repromoted = (change: object) => as(ada).patch(`/admin/promotions/${ORDER_ID}`, change)

testRefusals([
  invalid('a code in lower case', () => promoted({ code: 'spring' }), 'code'),
  invalid('a code with a blank', () => promoted({ code: 'SPRING 1' }), 'code'),
  invalid('a code too long', () => promoted({ code: 'X'.repeat(41) }), 'code'),
  invalid('a code of nothing', () => promoted({ code: '' }), 'code'),
  invalid('no discount', () => promoted({ discountBps: 0 }), 'discountBps'),
  invalid('a discount of more than all', () => promoted({ discountBps: 10_001 }), 'discountBps'),
  invalid('a discount of half a point', () => promoted({ discountBps: 0.5 }), 'discountBps'),
  invalid('a discount of nothing at most', () => promoted({ discountCentsMax: 0 }), 'discountCentsMax'),
  invalid('a smallest order below nothing', () => promoted({ subtotalCentsMin: -1 }), 'subtotalCentsMin'),
  invalid('a code for fewer than nobody', () => promoted({ redemptionCountMax: -1 }), 'redemptionCountMax'),
  invalid('a promotion without an end', () => promoted({ endsAt: undefined }), 'endsAt'),
  invalid('an end of no day', () => promoted({ endsAt: '2030-02-30T00:00:00Z' }), 'endsAt'),
  invalid('an end of no time', () => promoted({ endsAt: '2030-02-01' }), 'endsAt'),
  invalid('an end that is past', () => promoted({ startsAt: inSeconds(-60), endsAt: inSeconds(-1) }), 'endsAt'),
  invalid('an end before the beginning', () => promoted({ startsAt: inSeconds(7_200) }), 'endsAt'),
  invalid('a beginning before all time', () => promoted({ startsAt: '0000-01-01T00:00:00Z' }), 'startsAt'),
  invalid('an end after all time', () => promoted({ endsAt: '9999-12-31T23:59:59Z' }), 'endsAt'),
  invalid('another code', () => repromoted({ code: 'SUMMER' }), 'code'),
  invalid('another end of no time', () => repromoted({ endsAt: null }), 'endsAt'),
  invalid('another maximum as text', () => repromoted({ redemptionCountMax: '3' }), 'redemptionCountMax'),
])

testRefusals([
  invalid('a fix off the globe', () => fixed({ lat: 90.1 }), 'lat'),
  invalid('a fix from the future', () => fixed({ recordedAt: inSeconds(120) }), 'recordedAt'),
  invalid('a fix of yesterday', () => fixed({ recordedAt: inSeconds(-86_400) }), 'recordedAt'),
  invalid('a fix of no time', () => fixed({ recordedAt: 'now' }), 'recordedAt'),
  invalid('a dish for nothing', () => dish({ priceCents: 0 }), 'priceCents'),
  invalid('a dish that pays', () => dish({ priceCents: -1 }), 'priceCents'),
  invalid('a dish for half a cent', () => dish({ priceCents: 0.5 }), 'priceCents'),
  invalid('an allergen that is none', () => dish({ allergens: ['love'] }), 'allergens.0'),
  invalid(
    'hours of no clock',
    () => kitchen({ hours: [{ weekday: 1, opens: '25:00', closes: '9' }] }),
    'hours.0.opens',
    'hours.0.closes',
  ),
  invalid(
    'a holiday that ends before it begins',
    () => kitchen({ vacation: { from: inSeconds(60), until: inSeconds(0) } }),
    'vacation.until',
  ),
  refused(
    'a kitchen outside of all zones',
    () => kitchen({ address: deliveryAddress({ lat: 0, lng: 0 }) }),
    422,
    'outside-zone',
    fields('address.coordinates'),
  ),
  invalid(
    'a kitchen without coordinates, where nobody can look them up',
    () => kitchen({ address: { ...deliveryAddress(), coordinates: undefined } }),
    'address.coordinates',
  ),
  invalid('a time zone that is none', () => kitchen({ timeZone: 'Mars/Olympus' }), 'timeZone'),
  invalid('a zone of two corners', () => zoned({ polygon: [corner, corner] }), 'polygon'),
  invalid('a currency that is none', () => zoned({ currency: 'usd' }), 'currency'),
  invalid('a setting that is none', () => settings({ taxPercent: 8 }), 'taxPercent'),
  invalid('a share of more than all', () => settings({ commissionBps: 10_001 }), 'commissionBps'),
  invalid(
    'a verdict that is none',
    () => as(ada).patch(`/admin/chefs/${mai.chefId}/verify`, { status: 'nice' }),
    'status',
  ),
])

test('a long body that fits is read, in one piece or in many', async () => {
  const notes = (count: number) => Array(count).fill({ menuItemId: mai.itemId, quantity: 1, notes: 'å[{"'.repeat(75) })
  const long = JSON.stringify(basket({ items: notes(40) }))
  expect(Buffer.byteLength(long)).toBeGreaterThan(16 * 1024)
  expect((await quoted({ raw: long })).status).toBe(201)
  expect((await streamed(long)).status).toBe(201)
  expect((await streamed(JSON.stringify(basket()))).status).toBe(201)
})

test('of very many faults the first fifty are told, and of very long names the beginning', async () => {
  const many = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`field${i}`, 1]))
  expect((await me(many)).body.errors.length).toBe(50)
  const long = await me({ ['x'.repeat(10_000)]: 1 })
  expect(JSON.stringify(long.body).length).toBeLessThan(1_000)
})

test('a request id that is sent is the one that is told; a dangerous one is not', async () => {
  const told = async (id: string) =>
    (await call('GET', '/orders', { headers: { 'x-request-id': id } })).body.instance as string
  expect(await told('my-request.1')).toBe('my-request.1')
  for (const id of ['short', 'x'.repeat(65), 'with blank in it', '<script>alert</script>']) {
    expect(await told(id)).toStartWith('req_')
  }
})
