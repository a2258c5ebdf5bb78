import { beforeAll, expect, test } from 'bun:test'
import { as, type Cook, given } from '../support/given'
import { call, eventually, sql, useMarket } from '../support/market'

useMarket()

const HERE = { lat: 57.7, lng: 11.97 }
/** So many metres north of HERE; a search looks at the middle of the cell of 200 m that it is in. */
const north = (meters: number) => ({ lat: HERE.lat + meters / 111_195, lng: HERE.lng })

type Found = { id: string; name: string; distanceMeters: number; etaMinutes: number; [more: string]: unknown }

const search = async (query: Record<string, unknown> = {}) => {
  const parameters = Object.entries({ ...HERE, ...query }).map(([name, value]): [string, string] => [name, `${value}`])
  return call('GET', `/chefs?${new URLSearchParams(parameters)}`)
}
const found = async (query?: Record<string, unknown>): Promise<Found[]> => (await search(query)).body.data
const names = async (query?: Record<string, unknown>) => (await found(query)).map(({ name }) => name)

const cooks: Record<string, Cook> = {}

beforeAll(async () => {
  const kitchen = async (name: string, meters: number, item: object, profile: object) => {
    const cook = await given.chef('cook', { at: north(meters), item })
    await as(cook).patch(`/chefs/${cook.chefId}`, { name, ...profile })
    cooks[name] = cook
  }
  await kitchen('Mai', 400, { name: 'Khao soi', prepMinutes: 25 }, { cuisines: ['thai'] })
  await kitchen('Nils', 1_600, { name: 'Köttbullar med lingon', prepMinutes: 10 }, { cuisines: ['swedish'] })
  await kitchen(
    'Ada',
    2_600,
    { name: 'Falafel', dietaryTags: ['vegan', 'halal'] },
    { cuisines: ['levantine', 'vegan'], deliveryRadiusMeters: 2_000 },
  )
  await kitchen('Crêperie', 4_100, { name: 'Galette' }, { cuisines: ['french'], hours: [] })
  await kitchen('Lena', 8_900, { name: 'Pelmeni' }, { cuisines: ['thai'] })
  await sql()`update chefs set rating_sum = 9, rating_count = 2 where name = 'Mai'`
  await sql()`update chefs set rating_sum = 49, rating_count = 10 where name = 'Nils'`
  await sql()`update chefs set rating_sum = 8, rating_count = 2 where name = 'Ada'`
  // A last word over the API, so that nothing from before is remembered.
  await as(cooks.Lena!).patch(`/chefs/${cooks.Lena!.chefId}`, { description: 'Dumplings' })
})

test('finds kitchens near a point, the nearest first, within ten kilometres', async () => {
  expect(await names()).toEqual(['Mai', 'Nils', 'Ada', 'Crêperie', 'Lena'])
  const [mai, , ada] = await found()
  expect(mai).toMatchObject({ distanceMeters: 300, deliversHere: true, isOpen: true, rating: 4.5, currency: 'USD' })
  expect(mai!.etaMinutes).toBe(34)
  expect(ada).toMatchObject({ distanceMeters: 2_600, deliversHere: false })
})

test.each<[string, Record<string, unknown>, string[]]>([
  ['a smaller circle', { radiusKm: 2 }, ['Mai', 'Nils']],
  ['a circle that just reaches', { radiusKm: 0.345 }, ['Mai']],
  ['a circle that just does not', { radiusKm: 0.335 }, []],
  ['another place', north(8_900), ['Lena', 'Crêperie', 'Ada', 'Nils', 'Mai']],
  ['a cuisine', { cuisine: 'thai' }, ['Mai', 'Lena']],
  ['a diet, which is of the dishes', { dietary: 'halal' }, ['Ada']],
  ['what is open', { openNow: true }, ['Mai', 'Nils', 'Ada', 'Lena']],
  ['what is closed', { openNow: false }, ['Crêperie']],
  ['a rating of at least', { minRating: 4.5 }, ['Mai', 'Nils']],
  ['the name of a dish', { q: 'khao' }, ['Mai']],
  ['a dish without its accents', { q: 'kottbullar' }, ['Nils']],
  ['a name without its accents', { q: 'CREPERIE' }, ['Crêperie']],
  ['a name with them', { q: 'crêperie' }, ['Crêperie']],
  ['two words in any order', { q: 'lingon köttbullar' }, ['Nils']],
  ['words of which one is nowhere', { q: 'lingon sushi' }, []],
  ['a word of the description', { q: 'dumplings' }, ['Lena']],
  ['nothing in particular', { q: '   ' }, ['Mai', 'Nils', 'Ada', 'Crêperie', 'Lena']],
  ['several things at once', { q: 'soi', cuisine: 'thai', openNow: true, minRating: 4 }, ['Mai']],
  ['what nobody has', { cuisine: 'martian' }, []],
])('finds by %s', async (_, query, expected) => {
  expect(await names(query)).toEqual(expected)
})

test('where in its cell of 200 m a kitchen is, no circle around any point tells', async () => {
  const { location } = (await found())[0]! as unknown as { location: { lat: number; lng: number } }
  const circles = Array.from({ length: 40 }, (_, n) => ({ radiusKm: 0.1 + n * 0.02 }))
  const look = async () =>
    Promise.all([HERE, north(900)].flatMap((at) => circles.map((circle) => found({ ...at, ...circle }))))
  const before = await look()
  const corner = { lat: location.lat - 0.0009, lng: location.lng + 0.0009 }
  await sql()`update chefs set location = point(${corner.lng}, ${corner.lat}) where name = 'Mai'`
  await as(cooks.Mai!).patch(`/chefs/${cooks.Mai!.chefId}`, { name: 'Mai' })
  expect(await look()).toEqual(before)
})

test.each<[string, string[]]>([
  ['distance', ['Mai', 'Nils', 'Ada', 'Crêperie', 'Lena']],
  ['rating', ['Nils', 'Mai', 'Ada']],
  ['eta', ['Nils', 'Ada', 'Crêperie', 'Mai', 'Lena']],
])('sorts by %s', async (sort, first) => {
  const sorted = await names({ sort })
  expect(sorted.slice(0, first.length)).toEqual(first)
  expect(sorted.toSorted()).toEqual((await names()).toSorted())
})

test.each(['distance', 'rating', 'eta'])('pages sorted by %s give each kitchen once, in order', async (sort) => {
  const all = await names({ sort })
  for (const limit of [1, 2, 3, 5]) {
    const read: string[] = []
    let cursor: string | null = null
    do {
      const page: { data: Found[]; nextCursor: string | null } = (
        await search({ sort, limit, ...(cursor ? { cursor } : {}) })
      ).body
      expect(page.data.length).toBeLessThanOrEqual(limit)
      read.push(...page.data.map(({ name }) => name))
      cursor = page.nextCursor
    } while (cursor !== null)
    expect(read).toEqual(all)
  }
})

test('shows neither where exactly a kitchen is, nor whose it is', async () => {
  const text = (await search()).body
  for (const { name } of Object.values(await found())) {
    const [row] = await sql()`select location[1] as lat, user_id, street from chefs where name = ${name}`
    expect(JSON.stringify(text)).not.toContain(String(row!.lat))
    expect(JSON.stringify(text)).not.toContain(row!.userId)
    expect(JSON.stringify(text)).not.toContain(row!.street)
  }
  for (const { distanceMeters } of await found()) expect(distanceMeters % 100).toBe(0)
})

test('shows of each kitchen just what reading it alone shows', async () => {
  for (const { distanceMeters: _, etaMinutes: __, deliversHere: ___, ...chef } of await found()) {
    expect((await call('GET', `/chefs/${chef.id}`)).body).toEqual(chef)
  }
})

test.each<[string, Record<string, unknown>, number]>([
  ['a place off the earth', { lat: 91 }, 422],
  ['a circle of no size', { radiusKm: 0 }, 422],
  ['a circle around half the country', { radiusKm: 51 }, 422],
  ['a place in words', { lat: 'here' }, 400],
  ['a sort that there is not', { sort: 'price' }, 422],
  ['too long a page', { limit: 101 }, 422],
  ['a cursor of somebody else', { cursor: 'abc' }, 400],
])('refuses %s', async (_, query, status) => {
  expect(await search(query)).toBeProblem(status)
})

test('a search without a place is refused', async () => {
  expect(await call('GET', '/chefs')).toBeProblem(422)
  expect(await call('GET', '/chefs?lat=57.7')).toBeProblem(422)
})

test('who looks from far away finds nothing, not an error', async () => {
  expect((await search({ lat: -45, lng: 170 })).body).toEqual({ data: [], nextCursor: null })
})

test('a kitchen is found as soon as it is approved, and no longer when it is suspended', async () => {
  const ada = await given.admin()
  const ivan = await given.chef('ivan', { at: north(500) })
  const verify = (status: string) => as(ada).patch(`/admin/chefs/${ivan.chefId}/verify`, { status })
  await verify('pending')
  expect(await names()).not.toContain("ivan's kitchen")
  await verify('approved')
  expect(await names()).toContain("ivan's kitchen")
  await verify('suspended')
  expect(await names()).not.toContain("ivan's kitchen")
})

test('what a chef changes is found at once: name, menu, hours, place', async () => {
  const otto = await given.chef('otto', { at: north(300) })
  const path = `/chefs/${otto.chefId}`
  expect(await names({ q: 'otto' })).toHaveLength(1)
  await as(otto).patch(path, { name: 'Ottos bistro' })
  expect(await names({ q: 'bistro' })).toEqual(['Ottos bistro'])
  await as(otto).post(`${path}/menus/${otto.menuId}/items`, { name: 'Schnitzel', priceCents: 1_500 })
  expect(await names({ q: 'schnitzel' })).toEqual(['Ottos bistro'])
  await as(otto).patch(path, { hours: [] })
  expect(await names({ q: 'bistro', openNow: true })).toEqual([])
  await as(otto).delete(`${path}/menus/${otto.menuId}`)
  expect(await names({ q: 'schnitzel' })).toEqual([])
  const far = { street: 'Långt bort 1', city: 'Göteborg', postalCode: '400 00', coordinates: north(9_900) }
  await as(otto).patch(path, { address: far })
  expect((await found({ q: 'bistro' }))[0]!.distanceMeters).toBe(9_900)
})

test('what another process changes is found as soon as its event is read', async () => {
  const chefId = cooks.Lena!.chefId
  await names()
  await sql().begin(async (tx) => {
    await tx`update chefs set name = 'Lenas pelmeni' where id = ${chefId}`
    await tx`
      insert into events (topics, type, data, occurred_at)
      values (array[${`chef:${chefId}`}], 'chef.changed', jsonb_build_object('chefId', ${chefId}::text), now())`
  })
  await eventually('the new name', async () => (await names()).includes('Lenas pelmeni'))
})
