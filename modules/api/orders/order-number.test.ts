import { expect, test } from 'bun:test'
import { ORDER_NUMBERS_PER_DAY, orderNumber } from './order-number.ts'

/** The characters from 0 to Z. */
const CODES = 43

test('reads as RND, the day, and four letters or digits that nobody mistakes for each other', () => {
  for (const sequence of [1, 2, 999, 1_336_335, 1_336_336, Number.MAX_SAFE_INTEGER]) {
    expect(orderNumber(sequence, '2026-11-23')).toMatch(/^RND-20261123-[0-9A-HJ-NP-Z]{4}$/)
  }
})

test('repeats itself only after as many numbers as there are codes', () => {
  // A set of a million texts takes seconds.
  const seen = new Uint8Array(CODES ** 4)
  let count = 0
  for (let sequence = 1; sequence <= ORDER_NUMBERS_PER_DAY; sequence++) {
    const code = orderNumber(sequence, '2026-11-23')
    let place = 0
    for (let at = code.length - 4; at < code.length; at++) place = place * CODES + code.charCodeAt(at) - 48
    count += seen[place] === 0 ? 1 : 0
    seen[place] = 1
  }
  expect(count).toBe(ORDER_NUMBERS_PER_DAY)
  expect(orderNumber(ORDER_NUMBERS_PER_DAY + 1, '2026-11-23')).toBe(orderNumber(1, '2026-11-23'))
})

test('the same sequence number on another day is another order number', () => {
  expect(orderNumber(7, '2026-11-23')).not.toBe(orderNumber(7, '2026-11-24'))
})

test('neighbours in the sequence do not look like neighbours: nobody counts our sales', () => {
  const codes = Array.from({ length: 200 }, (_, i) => orderNumber(i + 1, '2026-11-23').slice(-4))
  const sorted = [...codes].sort()
  expect(codes).not.toEqual(sorted)
  expect(new Set(codes.map((code) => code[0])).size).toBeGreaterThan(20)
})
