import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { match, UNMATCHED } from './matching.ts'

const FORBIDDEN = Number.POSITIVE_INFINITY
const solve = (table: number[][]) => [...match(Float64Array.from(table.flat()), table.length, table[0]?.length ?? 0)]

/** Most pairs first, then the least cost: by trying everything. */
const bestByHand = (table: number[][]): { pairs: number; cost: number } => {
  const taken = new Set<number>()
  const search = (row: number): { pairs: number; cost: number } => {
    if (row === table.length) return { pairs: 0, cost: 0 }
    let best = search(row + 1)
    table[row]!.forEach((cost, column) => {
      if (taken.has(column) || cost === FORBIDDEN) return
      taken.add(column)
      const rest = search(row + 1)
      taken.delete(column)
      const found = { pairs: rest.pairs + 1, cost: rest.cost + cost }
      if (found.pairs > best.pairs || (found.pairs === best.pairs && found.cost < best.cost)) best = found
    })
    return best
  }
  return search(0)
}

const tables = fc
  .record({ rows: fc.integer({ min: 1, max: 6 }), columns: fc.integer({ min: 1, max: 6 }) })
  .chain(({ rows, columns }) => {
    const cost = fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: -50, max: 200 }) },
      { weight: 1, arbitrary: fc.constant(FORBIDDEN) },
    )
    const row = fc.array(cost, { minLength: columns, maxLength: columns })
    return fc.array(row, { minLength: rows, maxLength: rows })
  })

test('as many pairs as can be, at the least cost: the same as trying everything', () => {
  fc.assert(
    fc.property(tables, (table) => {
      const columns = solve(table)
      const pairs = columns.flatMap((column, row) => (column === UNMATCHED ? [] : [table[row]![column]!]))
      const cost = pairs.reduce((sum, one) => sum + one, 0)
      expect({ pairs: pairs.length, cost }).toEqual(bestByHand(table))
    }),
    { numRuns: 2_000 },
  )
})

test('no column goes to two rows, no pair is a forbidden one', () => {
  fc.assert(
    fc.property(tables, (table) => {
      const matched = solve(table).flatMap((column, row) => (column === UNMATCHED ? [] : [{ column, row }]))
      expect(new Set(matched.map(({ column }) => column)).size).toBe(matched.length)
      expect(matched.filter(({ column, row }) => table[row]![column] === FORBIDDEN)).toEqual([])
    }),
  )
})

test('the greedy choice is not always the best', () => {
  expect(
    solve([
      [1, 2],
      [1, 9],
    ]),
  ).toEqual([1, 0])
})

test('with no columns, or all of them forbidden, everybody stays alone', () => {
  expect(solve([[], []])).toEqual([UNMATCHED, UNMATCHED])
  expect(solve([[FORBIDDEN], [FORBIDDEN]])).toEqual([UNMATCHED, UNMATCHED])
})
