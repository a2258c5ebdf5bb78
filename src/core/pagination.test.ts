import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { z } from 'zod'
import { Id, newId } from '#core/ids'
import { decodeCursor, encodeCursor, PAGE_SIZE_MAX, PageQuery, pageFrom, pageOf } from '#core/pagination'

const Query = z.object(PageQuery)

test('reads limit from text, with 20 when it is not given', () => {
  expect(Query.parse({})).toEqual({ limit: 20 })
  expect(Query.parse({ limit: '100', cursor: 'abc' })).toEqual({ limit: 100, cursor: 'abc' })
})

test.each(['0', '-1', '101', '1.5', 'many', '1e9', ''])('refuses limit=%s', (limit) => {
  expect(Query.safeParse({ limit }).success).toBe(false)
})

test('refuses a cursor that is longer than any of ours', () => {
  expect(Query.safeParse({ cursor: 'x'.repeat(513) }).success).toBe(false)
})

test('a page has as many as asked for, and a cursor only when there is more', () => {
  expect(pageFrom([1, 2, 3], 3, (n) => n)).toEqual({ data: [1, 2, 3], nextCursor: null })
  expect(pageFrom([1, 2, 3, 4], 3, (n) => n)).toEqual({ data: [1, 2, 3], nextCursor: encodeCursor(3) })
  expect(pageFrom([], 3, (n) => n)).toEqual({ data: [], nextCursor: null })
})

test('what a cursor says comes back as it was', () => {
  fc.assert(
    fc.property(fc.tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string()), (key) => {
      const [value, id] = decodeCursor(encodeCursor(key), z.tuple([z.number(), z.string()]))!
      // Zero has no sign once it has been JSON.
      expect([value + 0, id]).toEqual([key[0] + 0, key[1]])
    }),
  )
})

test('a cursor can stand in a URL as it is', () => {
  fc.assert(fc.property(fc.string(), (key) => expect(encodeCursor(key)).toMatch(/^[\w-]*$/)))
})

test.each([
  'nonsense',
  '%%%',
  encodeCursor({ id: newId() }),
  encodeCursor("' or 1=1 --"),
  encodeCursor(null),
  Buffer.from('{').toString('base64url'),
  '',
])('refuses %p with 400: it is none of ours', (cursor) => {
  expect(() => decodeCursor(cursor, Id)).toThrow(expect.objectContaining({ status: 400, slug: 'malformed-cursor' }))
})

test('no cursor is the first page', () => {
  expect(decodeCursor(undefined, Id)).toBeUndefined()
})

test('reading pages of any list neither skips nor repeats', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(1_000), { maxLength: 80 }),
      fc.integer({ min: 1, max: PAGE_SIZE_MAX }),
      (numbers, limit) => {
        const sorted = numbers.toSorted((a, b) => b - a)
        const read: number[] = []
        let cursor: string | null = null
        do {
          const before: number = decodeCursor(cursor ?? undefined, z.number()) ?? Number.POSITIVE_INFINITY
          const rows = sorted.filter((n) => n < before).slice(0, limit + 1)
          const page = pageFrom(rows, limit, (n) => n)
          read.push(...page.data)
          cursor = page.nextCursor
        } while (cursor !== null)
        expect(read).toEqual(sorted)
      },
    ),
  )
})

test('the schema of a page lets nothing through but data and nextCursor', () => {
  const page = pageOf(z.object({ id: z.string() })).parse({
    data: [{ id: 'a', secret: 'b' }],
    nextCursor: null,
    total: 1,
  })
  expect(page).toEqual({ data: [{ id: 'a' }], nextCursor: null })
})
