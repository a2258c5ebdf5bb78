import { beforeEach, expect, test } from 'bun:test'
import type { Order } from '#modules/api/orders/schema'
import { createBook } from './book'
import { createChecks, holdsKey, type Rule } from './checks'
import { createClock } from './clock'
import { createStop } from './stop'

let checks = createChecks()
let book = bookOf()

function bookOf(keep = true) {
  const clock = createClock({ startsAt: 0, speed: 1, stop: createStop() })
  return createBook({ clock, checks, keep })
}

beforeEach(() => {
  checks = createChecks()
  book = bookOf()
})

const place = (id: string) => book.place({ id } as Order, { session: 1, customer: {} as never, quote: undefined })
const brokenOf = (rule: Rule) => checks.findings().find((one) => one.rule === rule)!.broken

test('an order that two drivers hold breaks a rule; one that was let go does not', () => {
  place('a')
  book.hold('a', 'Omar')
  book.hold('a', 'Omar')
  book.letGo('a', 'Omar')
  book.hold('a', 'Sara')
  expect(brokenOf('oneDelivery')).toBe(0)
  book.hold('a', 'Omar')
  expect(brokenOf('oneDelivery')).toBe(1)
})

test('an order that support gives to somebody else may be held by both for a moment', () => {
  place('a').isByHand = true
  book.hold('a', 'Omar')
  book.hold('a', 'Sara')
  expect(brokenOf('oneDelivery')).toBe(0)
})

test('an order that is delivered again breaks a rule', () => {
  place('a')
  book.delivered('a', 'Omar')
  expect([brokenOf('oneDelivery'), book.outcomes.get('delivered'), book.open.size]).toEqual([0, 1, 0])
  book.delivered('a', 'Sara')
  expect([brokenOf('oneDelivery'), book.outcomes.get('delivered')]).toEqual([1, 1])
})

test('a kitchen that sees an order before it is paid breaks a rule', () => {
  const record = place('a')
  book.seenByKitchen('a', 'in its list')
  expect(brokenOf('unpaid')).toBe(1)
  record.payAskedMs = 1
  book.seenByKitchen('a', 'in its list')
  book.seenByKitchen('somebody else', 'in its list')
  expect(brokenOf('unpaid')).toBe(1)
})

test('whoever waits for an order learns that it is over', async () => {
  const record = place('a')
  book.closeAs('a', 'preparing')
  expect(book.open.has('a')).toBe(true)
  book.closeAs('a', 'rejected')
  await record.whenOver
  expect(record.outcome).toBe('rejected')
})

test('a book of a demo forgets what is over', () => {
  book = bookOf(false)
  place('a')
  book.close('a', 'cancelled')
  expect(book.records.size).toBe(0)
})

test('a rule that was never looked at says so', () => {
  checks.that('total', true, () => 'never said')
  const total = checks.findings().find(({ rule }) => rule === 'total')!
  expect([total.checked, total.broken, total.examples]).toEqual([1, 0, []])
  expect(checks.findings().find(({ rule }) => rule === 'cents')!.checked).toBe(0)
})

test('a secret is found wherever it hides', () => {
  expect(holdsKey({ a: [{ b: { handoverCode: '4711' } }] }, 'handoverCode')).toBe(true)
  expect(holdsKey({ a: 'handoverCode', b: null, c: [1] }, 'handoverCode')).toBe(false)
})
