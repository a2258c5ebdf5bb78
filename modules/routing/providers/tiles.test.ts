import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { cutTile, halve, type Tile, tilesOf } from './tiles.ts'

const cellsOf = (tiles: readonly Tile[], columnCount: number) =>
  tiles.flatMap(({ rows, columns }) => rows.flatMap((row) => columns.map((column) => row * columnCount + column)))

test('a row and a column that are missing make two tiles, without a cell that is there', () => {
  // Of 3 by 3: all of row 0, and column 2.
  const isWanted = (cell: number) => cell < 3 || cell % 3 === 2
  expect(tilesOf(3, 3, isWanted)).toEqual([
    { rows: [0], columns: [0, 1, 2] },
    { rows: [1, 2], columns: [2] },
  ])
})

test('tiles hold each wanted cell once and no other', () => {
  fc.assert(
    fc.property(
      fc.nat(12),
      fc.nat(12),
      fc.array(fc.boolean(), { minLength: 144, maxLength: 144 }),
      (rows, columns, wanted) => {
        const cells = cellsOf(
          tilesOf(rows, columns, (cell) => wanted[cell]!),
          columns,
        )
        const all = wanted.flatMap((isWanted, cell) => (isWanted && cell < rows * columns ? [cell] : []))
        expect(cells.toSorted((a, b) => a - b)).toEqual(all)
      },
    ),
  )
})

test('parts hold each cell once and keep to the limits', () => {
  const size = fc.integer({ min: 1, max: 40 })
  const limits = fc.record({ placesMax: fc.integer({ min: 2, max: 60 }), cellsMax: fc.integer({ min: 1, max: 700 }) })
  fc.assert(
    fc.property(size, size, limits, (rowCount, columnCount, limit) => {
      const [whole] = tilesOf(rowCount, columnCount, () => true)
      const parts = cutTile(whole!, limit)
      for (const { rows, columns } of parts) {
        expect(rows.length + columns.length).toBeLessThanOrEqual(limit.placesMax)
        expect(rows.length * columns.length).toBeLessThanOrEqual(limit.cellsMax)
      }
      const cells = cellsOf(parts, columnCount)
      expect(new Set(cells).size).toBe(cells.length)
      expect(cells.length).toBe(rowCount * columnCount)
    }),
  )
})

test.each([
  [10, 15, 25, 1],
  [20, 5, 25, 1],
  [24, 1, 25, 1],
  [20, 8, 25, 2],
  [5, 5, 10, 1],
  [5, 6, 10, 2],
])('%i by %i with %i places at once are %i requests', (rowCount, columnCount, placesMax, count) => {
  const [whole] = tilesOf(rowCount, columnCount, () => true)
  expect(cutTile(whole!, { placesMax, cellsMax: Number.POSITIVE_INFINITY })).toHaveLength(count)
})

test('halves of halves come down to single cells, and end there', () => {
  const leaves = (tile: Tile): Tile[] => {
    const parts = halve(tile)
    return parts.length === 0 ? [tile] : parts.flatMap(leaves)
  }
  const single = leaves({ rows: [3, 5, 9], columns: [0, 1] })
  expect(single.every(({ rows, columns }) => rows.length === 1 && columns.length === 1)).toBe(true)
  expect(cellsOf(single, 2).toSorted((a, b) => a - b)).toEqual([6, 7, 10, 11, 18, 19])
})
