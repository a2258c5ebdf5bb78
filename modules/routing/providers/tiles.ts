import type { TableLimits } from './provider.ts'

/** A part of a table: some of its rows and some of its columns, and every cell of both. */
export type Tile = { rows: readonly number[]; columns: readonly number[] }

/**
 * The cells that are wanted, as few tiles as there are different sets of columns: rows that want the same columns make
 * one. No cell that is not wanted is in any, and none is in two. Pure.
 */
export const tilesOf = (rowCount: number, columnCount: number, isWanted: (cell: number) => boolean): Tile[] => {
  const tiles = new Map<string, { rows: number[]; columns: number[] }>()
  for (let row = 0; row < rowCount; row++) {
    const columns: number[] = []
    for (let column = 0; column < columnCount; column++) {
      if (isWanted(row * columnCount + column)) columns.push(column)
    }
    if (columns.length === 0) continue
    const key = columns.join()
    const tile = tiles.get(key)
    if (tile) tile.rows.push(row)
    else tiles.set(key, { rows: [row], columns })
  }
  return [...tiles.values()]
}

/** A tile in parts that one request may ask for, as few as there can be of one size. Pure. */
export const cutTile = ({ rows, columns }: Tile, limits: TableLimits): Tile[] => {
  const [height, width] = bestSize(rows.length, columns.length, limits)
  const parts: Tile[] = []
  for (let row = 0; row < rows.length; row += height) {
    for (let column = 0; column < columns.length; column += width) {
      parts.push({ rows: rows.slice(row, row + height), columns: columns.slice(column, column + width) })
    }
  }
  return parts
}

const bestSize = (rowCount: number, columnCount: number, { placesMax, cellsMax }: TableLimits): [number, number] => {
  let best: [number, number] = [1, 1]
  let partsBest = Number.POSITIVE_INFINITY
  for (let height = 1; height < placesMax && height <= rowCount; height++) {
    const width = Math.min(columnCount, placesMax - height, Math.floor(cellsMax / height))
    if (width < 1) break
    const parts = Math.ceil(rowCount / height) * Math.ceil(columnCount / width)
    if (parts < partsBest) [best, partsBest] = [[height, width], parts]
  }
  return best
}

/** Two halves of a tile along its longer side; none of one that has a single cell. Pure. */
export const halve = ({ rows, columns }: Tile): Tile[] => {
  if (rows.length === 1 && columns.length === 1) return []
  if (rows.length >= columns.length) {
    const middle = rows.length >> 1
    return [
      { rows: rows.slice(0, middle), columns },
      { rows: rows.slice(middle), columns },
    ]
  }
  const middle = columns.length >> 1
  return [
    { rows, columns: columns.slice(0, middle) },
    { rows, columns: columns.slice(middle) },
  ]
}
