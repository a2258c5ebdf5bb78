/**
 * The cheapest perfect matching of rows to columns, by shortest augmenting paths with dual prices (Jonker, Volgenant, Computing 38,
 * 1987; after Crouse, IEEE Transactions on Aerospace and Electronic Systems 52, 2016). There are at least as many columns as rows.
 */
export const cheapestMatching = (costs: Float64Array, rowCount: number, columnCount: number): Int32Array => {
  if (columnCount < rowCount) throw new Error(`${rowCount} rows and only ${columnCount} columns`)
  const rowPrice = new Float64Array(rowCount)
  const columnPrice = new Float64Array(columnCount)
  const rowOf = new Int32Array(columnCount).fill(-1)
  const columnOf = new Int32Array(rowCount).fill(-1)
  const from = new Int32Array(columnCount)
  const length = new Float64Array(columnCount)
  const isRowDone = new Uint8Array(rowCount)
  const isColumnDone = new Uint8Array(columnCount)
  for (let start = 0; start < rowCount; start++) {
    length.fill(Number.POSITIVE_INFINITY)
    isRowDone.fill(0)
    isColumnDone.fill(0)
    let row = start
    let shortest = 0
    let end = -1
    while (end === -1) {
      isRowDone[row] = 1
      let nearest = -1
      for (let column = 0; column < columnCount; column++) {
        if (isColumnDone[column]) continue
        const through = shortest + costs[row * columnCount + column]! - rowPrice[row]! - columnPrice[column]!
        if (through < length[column]!) {
          length[column] = through
          from[column] = row
        }
        if (nearest === -1 || length[column]! < length[nearest]!) nearest = column
      }
      shortest = length[nearest]!
      if (!Number.isFinite(shortest)) throw new Error('no matching: costs are to be finite')
      isColumnDone[nearest] = 1
      if (rowOf[nearest] === -1) end = nearest
      else row = rowOf[nearest]!
    }
    for (let other = 0; other < rowCount; other++) {
      if (!isRowDone[other]) continue
      rowPrice[other] = rowPrice[other]! + shortest - (other === start ? 0 : length[columnOf[other]!]!)
    }
    for (let column = 0; column < columnCount; column++) {
      if (isColumnDone[column]) columnPrice[column] = columnPrice[column]! + length[column]! - shortest
    }
    for (let column = end, done = false; !done; ) {
      const along = from[column]!
      const next = columnOf[along]!
      rowOf[column] = along
      columnOf[along] = column
      done = along === start
      column = next
    }
  }
  return columnOf
}
