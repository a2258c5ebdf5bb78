import type { SearchGraph } from './customise'
import { createClimb, type Labels } from './search'

/**
 * Costs from one place to every vertex, Infinity where there is no way, by one search upward and one sweep down in rank
 * (PHAST: Delling, Goldberg, Nowatzyk, Werneck, JPDC 2013).
 */
export const createReach = ({ vertexCount, out, in: into }: SearchGraph) => {
  const climb = createClimb(out, vertexCount)
  const { first, members, cost } = into
  return (source: Labels): Float64Array => {
    climb.climb(source)
    const reached = climb.reached.slice()
    climb.clear()
    for (let v = vertexCount - 1; v >= 0; v--) {
      let best = reached[v]!
      for (let arc = first[v]!; arc < first[v + 1]!; arc++) {
        const found = reached[members[arc]!]! + cost[arc]!
        if (found < best) best = found
      }
      reached[v] = best
    }
    return reached
  }
}
