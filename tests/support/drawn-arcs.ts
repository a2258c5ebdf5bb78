/** Small directed graphs with costs, drawn by fast-check, and what is known of them by the simplest means. */
import fc from 'fast-check'

export type DrawnArcs = { vertexCount: number; from: Int32Array; to: Int32Array; cost: Float64Array }

/** With loops, parallel arcs, parts apart, and many equal costs. */
export const drawnArcs = fc.integer({ min: 1, max: 12 }).chain((vertexCount) =>
  fc
    .array(fc.tuple(fc.nat(vertexCount - 1), fc.nat(vertexCount - 1), fc.integer({ min: 1, max: 9 })), {
      maxLength: 30,
    })
    .map(
      (arcs): DrawnArcs => ({
        vertexCount,
        from: Int32Array.from(arcs, ([from]) => from),
        to: Int32Array.from(arcs, ([, to]) => to),
        cost: Float64Array.from(arcs, ([, , cost]) => cost),
      }),
    ),
)

/** Least costs `[from][to]` by vertices below `viaEnd` only (Floyd, 1962). */
export const leastCosts = ({ vertexCount, from, to, cost }: DrawnArcs, viaEnd = vertexCount): number[][] => {
  const least = Array.from({ length: vertexCount }, (_, u) =>
    Array.from({ length: vertexCount }, (_, v) => (u === v ? 0 : Infinity)),
  )
  from.forEach((u, i) => {
    least[u]![to[i]!] = Math.min(least[u]![to[i]!]!, cost[i]!)
  })
  for (let via = 0; via < viaEnd; via++) {
    for (const row of least) {
      for (let v = 0; v < vertexCount; v++) row[v] = Math.min(row[v]!, row[via]! + least[via]![v]!)
    }
  }
  return least
}
