import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { z } from 'zod'
import type { LatLng } from '#core/geo'
import { decodeCursor, encodeCursor } from '#core/pagination'
import type { FoundChef } from './schema.ts'
import { type Candidate, compareKeys, foldText, rankChefs, type Search, wordsOf } from './search.ts'

const HERE: LatLng = { lat: 57.7, lng: 11.97 }
/** So many metres north of HERE. */
const north = (meters: number): LatLng => ({ lat: HERE.lat + meters / 111_195, lng: HERE.lng })
const id = (n: number) => `01937f5a-7b1c-7c3e-9d2a-${String(n).padStart(12, '0')}`

type Sketch = Partial<FoundChef> & { at?: LatLng; tags?: string[]; dishes?: string; prepMinutes?: number }

const candidate = ({ at = HERE, tags = [], dishes = '', prepMinutes = 20, ...chef }: Sketch): Candidate => ({
  chef: {
    id: id(1),
    name: 'Mai',
    description: '',
    cuisines: [],
    city: 'Göteborg',
    location: at,
    timeZone: 'Europe/Stockholm',
    hours: null,
    isOpen: true,
    minimumOrderCents: 0,
    deliveryRadiusMeters: 8_000,
    rating: null,
    ratingCount: 0,
    currency: 'USD',
    ...chef,
  },
  dietaryTags: new Set(tags),
  words: foldText(`${chef.name ?? 'Mai'} ${dishes}`),
  prepMinutes,
})

const seconds = (from: LatLng, to: LatLng) => (Math.hypot(from.lat - to.lat, from.lng - to.lng) * 111_195) / 7
const everything: Search = { point: HERE, radiusMeters: 10_000, words: [], sort: 'distance' }
const rank = (candidates: Candidate[], search: Partial<Search> = {}) =>
  rankChefs(candidates, { ...everything, ...search }, seconds).map(({ found }) => found)
const names = (candidates: Candidate[], search: Partial<Search> = {}) =>
  rank(candidates, search).map(({ name }) => name)

const mai = candidate({ id: id(1), name: 'Mai', at: north(900), cuisines: ['thai'], dishes: 'Khao soi', rating: 4.5 })
const nils = candidate({ id: id(2), name: 'Nils', at: north(2_000), dishes: 'Köttbullar', rating: 4.9, prepMinutes: 5 })
const ada = candidate({ id: id(3), name: 'Ada', at: north(4_000), tags: ['vegan'], isOpen: false })
const all = [ada, nils, mai]

test('sorts by distance, by rating with the unrated last, and by when the food could be there', () => {
  expect(names(all)).toEqual(['Mai', 'Nils', 'Ada'])
  expect(names(all, { sort: 'rating' })).toEqual(['Nils', 'Mai', 'Ada'])
  expect(names(all, { sort: 'eta' })).toEqual(['Nils', 'Mai', 'Ada'])
})

test.each<[string, Partial<Search>, string[]]>([
  ['radius', { radiusMeters: 1_000 }, ['Mai']],
  ['cuisine', { cuisine: 'thai' }, ['Mai']],
  ['a cuisine that nobody cooks', { cuisine: 'thai-fusion' }, []],
  ['dietary', { dietary: 'vegan' }, ['Ada']],
  ['rating of at least', { minRating: 4.6 }, ['Nils']],
  ['rating of at least, met exactly', { minRating: 4.5 }, ['Mai', 'Nils']],
  ['open', { openNow: true }, ['Mai', 'Nils']],
  ['closed', { openNow: false }, ['Ada']],
  ['a dish without its accents', { words: wordsOf('kottbullar') }, ['Nils']],
  ['a dish in capitals', { words: wordsOf('KÖTTBULLAR') }, ['Nils']],
  ['part of a word', { words: wordsOf('khao') }, ['Mai']],
  ['words that must all be there', { words: wordsOf('mai soi') }, ['Mai']],
  ['words of which one is not there', { words: wordsOf('mai sushi') }, []],
  ['several things at once', { openNow: true, minRating: 4, words: wordsOf('nils') }, ['Nils']],
])('finds by %s', (_, search, found) => {
  expect(names(all, search)).toEqual(found)
})

test('tells distance only to 100 m, when the food could be there, and whether the kitchen delivers that far', () => {
  const far = candidate({ at: north(2_149), deliveryRadiusMeters: 2_100, prepMinutes: 12 })
  expect(rank([far])[0]).toMatchObject({ distanceMeters: 2_100, etaMinutes: 26, deliversHere: false })
  const near = candidate({ at: north(2_090), deliveryRadiusMeters: 2_100 })
  expect(rank([near])[0]).toMatchObject({ distanceMeters: 2_100, deliversHere: true })
})

test('of what it looks at, a search does not show its own words', () => {
  expect(Object.keys(rank([candidate({})])[0]!)).not.toContain('words')
})

test('folds case and accents, and splits at blanks', () => {
  expect(foldText('Göteborg CRÈME brûlée Ąć')).toBe('goteborg creme brulee ac')
  expect(wordsOf('  Köttbullar   med\tlingon ')).toEqual(['kottbullar', 'med', 'lingon'])
  expect(wordsOf('')).toEqual([])
  expect(wordsOf(undefined)).toEqual([])
})

const crowd = fc
  .array(
    fc.record({
      meters: fc.integer({ min: 0, max: 12_000 }),
      rating: fc.option(fc.constantFrom(3, 4, 4.5)),
      prepMinutes: fc.constantFrom(10, 10.5, 20),
    }),
    { maxLength: 60 },
  )
  .map((sketches) =>
    sketches.map(({ meters, rating, prepMinutes }, n) =>
      candidate({ id: id(n), at: north(meters), rating, prepMinutes }),
    ),
  )
const sorts = fc.constantFrom('distance' as const, 'rating' as const, 'eta' as const)
const Key = z.tuple([z.number(), z.string()])

test('pages over any crowd neither skip nor repeat, also when many are equally far or good', () => {
  fc.assert(
    fc.property(crowd, sorts, fc.integer({ min: 1, max: 7 }), (candidates, sort, limit) => {
      const ranked = rankChefs(candidates, { ...everything, sort }, seconds)
      const read: string[] = []
      for (let after: z.output<typeof Key> | undefined; ; ) {
        const rest = after ? ranked.filter(({ key }) => compareKeys(key, after!) > 0) : ranked
        const page = rest.slice(0, limit)
        read.push(...page.map(({ found }) => found.id))
        if (page.length < limit) break
        // As the client hands it back.
        after = decodeCursor(encodeCursor(page.at(-1)!.key), Key)
      }
      expect(read).toEqual(ranked.map(({ found }) => found.id))
      expect(new Set(read).size).toBe(read.length)
    }),
    { numRuns: 200 },
  )
})

test('the order does not depend on the order in which kitchens were read', () => {
  fc.assert(
    fc.property(crowd, sorts, fc.infiniteStream(fc.nat()), (candidates, sort, chance) => {
      const shuffled = candidates
        .map((one) => ({ one, place: chance.next().value }))
        .sort((a, b) => a.place - b.place)
        .map(({ one }) => one)
      expect(rank(shuffled, { sort })).toEqual(rank(candidates, { sort }))
    }),
  )
})
