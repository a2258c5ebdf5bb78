/** Nobody: the row stays alone. */
export const UNMATCHED = -1

/**
 * Minimum-cost matching of rows to columns, as many rows as can be: gives the column of each row, or UNMATCHED. Costs are row by row;
 * Infinity is a forbidden pair. Shortest augmenting paths with dual variables, O(rows² · columns): Jonker and Volgenant, A shortest
 * augmenting path algorithm for dense and sparse linear assignment problems (1987), rectangular as in Crouse (2016).
 */
export const match = (costs: Float64Array, rows: number, columns: number): Int32Array => {
  const columnOf = new Int32Array(rows).fill(UNMATCHED)
  if (rows === 0 || columns === 0) return columnOf
  if (rows <= columns) return solve(withoutInfinity(costs), rows, columns, costs)
  const turned = new Float64Array(costs.length)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) turned[column * rows + row] = costs[row * columns + column]!
  }
  const rowOf = solve(withoutInfinity(turned), columns, rows, turned)
  rowOf.forEach((row, column) => {
    if (row !== UNMATCHED) columnOf[row] = column
  })
  return columnOf
}

/** A forbidden pair costs more than all others together, so that it is only taken when there is no way around it. */
const withoutInfinity = (costs: Float64Array): Float64Array => {
  let sum = 1
  for (const cost of costs) if (cost !== Number.POSITIVE_INFINITY) sum += Math.abs(cost)
  return costs.map((cost) => (cost === Number.POSITIVE_INFINITY ? sum : cost))
}

const solve = (costs: Float64Array, rows: number, columns: number, given: Float64Array): Int32Array => {
  const state: State = {
    costs,
    columns,
    rowDual: new Float64Array(rows),
    columnDual: new Float64Array(columns),
    rowOf: new Int32Array(columns).fill(UNMATCHED),
    columnOf: new Int32Array(rows).fill(UNMATCHED),
    distance: new Float64Array(columns),
    before: new Int32Array(columns),
    isDone: new Uint8Array(columns),
  }
  for (let row = 0; row < rows; row++) {
    if (!takeCheapest(state, row)) augment(state, row)
  }
  return state.columnOf.map((column, row) =>
    given[row * columns + column] === Number.POSITIVE_INFINITY ? UNMATCHED : column,
  )
}

type State = {
  costs: Float64Array
  columns: number
  rowDual: Float64Array
  columnDual: Float64Array
  rowOf: Int32Array
  columnOf: Int32Array
  distance: Float64Array
  before: Int32Array
  isDone: Uint8Array
}

/** Most rows get the column that is cheapest by the duals; only where two want the same is a path looked for. */
const takeCheapest = ({ costs, columns, rowDual, columnDual, rowOf, columnOf }: State, row: number): boolean => {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let column = 0; column < columns; column++) {
    const reduced = costs[row * columns + column]! - columnDual[column]!
    if (reduced < least || (reduced === least && rowOf[best] !== UNMATCHED && rowOf[column] === UNMATCHED)) {
      least = reduced
      best = column
    }
  }
  rowDual[row] = least
  if (rowOf[best] !== UNMATCHED) return false
  rowOf[best] = row
  columnOf[row] = best
  return true
}

const augment = (state: State, start: number) => {
  const { costs, columns, rowDual, columnDual, rowOf, columnOf, distance, before, isDone } = state
  distance.fill(Number.POSITIVE_INFINITY)
  isDone.fill(0)
  let row = start
  let least = 0
  let end = UNMATCHED
  while (end === UNMATCHED) {
    let next = UNMATCHED
    let shortest = Number.POSITIVE_INFINITY
    for (let column = 0; column < columns; column++) {
      if (isDone[column] === 1) continue
      const length = least + costs[row * columns + column]! - rowDual[row]! - columnDual[column]!
      if (length < distance[column]!) {
        distance[column] = length
        before[column] = row
      }
      const isFree = rowOf[column] === UNMATCHED
      if (distance[column]! < shortest || (distance[column]! === shortest && isFree && rowOf[next] !== UNMATCHED)) {
        shortest = distance[column]!
        next = column
      }
    }
    least = shortest
    isDone[next] = 1
    if (rowOf[next] === UNMATCHED) end = next
    else row = rowOf[next]!
  }
  rowDual[start] = rowDual[start]! + least
  for (let column = 0; column < columns; column++) {
    if (isDone[column] === 0 || column === end) continue
    rowDual[rowOf[column]!] = rowDual[rowOf[column]!]! + least - distance[column]!
    columnDual[column] = columnDual[column]! - least + distance[column]!
  }
  for (let column = end; ; ) {
    const owner = before[column]!
    const previous = columnOf[owner]!
    rowOf[column] = owner
    columnOf[owner] = column
    if (owner === start) return
    column = previous
  }
}
