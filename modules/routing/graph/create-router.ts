import { costMaxOf, isApart, stretchAround } from './alternatives'
import { durationOf } from './cost'
import { searchGraph } from './customise'
import { arrivals, departures, departuresTo } from './labels'
import { pathOf } from './path'
import type { PreparedProfile } from './prepare'
import { createReach } from './reach'
import type { RoadGraph } from './road-graph'
import type { Path, Router, Sides, Snap, Table } from './router'
import { createSearch } from './search'
import { createSnapper } from './snap'
import { createTables } from './table'

const BOTH: Sides = 0b11
const CENTIMETERS = 100
const CENTISECONDS = 100

/** Answers questions about one prepared graph. Keeps some memory for each vertex between questions. */
export const createRouter = ({ graph, hierarchy, metric, index }: PreparedProfile): Router => {
  const costed = searchGraph(hierarchy, metric)
  const search = createSearch(costed)
  const tables = lazily(() => createTables(costed, edgeLengths(graph)))
  const reach = lazily(() => createReach(costed))

  const path = (from: Snap, to: Snap, departing = BOTH, arriving = BOTH): Path | undefined => {
    const { departed, arrived } = endsOf(graph, from, to, departing, arriving)
    const found = search.path(departed, arrived)
    return found && pathOf(graph, departed, arrived, found.vertices, found.cost)
  }

  const alternatives = (best: Path, countMax: number): Path[] => {
    const { from, to } = best
    const { departed, arrived } = endsOf(graph, from, to, BOTH, BOTH)
    const bestCost = search.cost(departed, arrived)
    const candidates: { path: Path; via: number }[] = []
    search.others(departed, arrived, costMaxOf(bestCost), (cost, vertices, via) => {
      const other = pathOf(graph, departed, arrived, vertices, cost)
      const shown = [best, ...candidates.map(({ path }) => path)].map(({ edges }) => edges)
      if (isApart(graph, other.edges, shown, bestCost)) candidates.push({ path: other, via })
      return candidates.length === countMax * CANDIDATES_PER_ALTERNATIVE
    })
    return candidates
      .filter(({ path, via }) => isLocallyBest(path.edges, via, bestCost))
      .slice(0, countMax)
      .map(({ path }) => path)
  }

  const isLocallyBest = (edges: Int32Array, via: number, best: number): boolean => {
    const stretch = stretchAround(graph, edges, via, best)
    return stretch.cost <= search.cost({ vertex: [stretch.from], cost: [0] }, { vertex: [stretch.to], cost: [0] })
  }

  return {
    graph,
    snap: createSnapper(graph, index),
    path,
    alternatives,
    table: (sources, targets, withDistances = false): Table => {
      const { costs, lengths } = tables()(
        sources.map((from) => departures(graph, from, BOTH)),
        targets.map((to) => arrivals(graph, to, BOTH)),
        withDistances,
      )
      const table: Table = { durations: new Float64Array(costs.length) }
      if (lengths) table.distances = new Float64Array(costs.length)
      for (let cell = 0; cell < costs.length; cell++) {
        const value = costs[cell]!
        if (value >= 0) {
          table.durations[cell] = value === Number.POSITIVE_INFINITY ? Number.NaN : durationOf(value) / CENTISECONDS
          if (lengths)
            table.distances![cell] =
              value === Number.POSITIVE_INFINITY ? Number.NaN : Math.max(0, lengths[cell]!) / CENTIMETERS
          continue
        }
        // The target lies behind the source on the same edge; going backward is no way.
        const round = path(sources[Math.floor(cell / targets.length)]!, targets[cell % targets.length]!)
        table.durations[cell] = round?.durationSeconds ?? Number.NaN
        if (lengths) table.distances![cell] = round?.distanceMeters ?? Number.NaN
      }
      return table
    },
    reach: (from) => reach()(departures(graph, from, BOTH)).map(secondsOf),
  }
}

/** Candidates looked at for each alternative asked for. */
const CANDIDATES_PER_ALTERNATIVE = 4

const endsOf = (graph: RoadGraph, from: Snap, to: Snap, departing: Sides, arriving: Sides) => {
  const arrived = arrivals(graph, to, arriving)
  return { departed: departuresTo(graph, departures(graph, from, departing), arrived), arrived }
}

const edgeLengths = ({ edgeSide, roadLength }: RoadGraph): Int32Array => edgeSide.map((side) => roadLength[side >> 1]!)

/** Infinity stays what it is. */
const secondsOf = (value: number): number =>
  value === Number.POSITIVE_INFINITY ? value : durationOf(value) / CENTISECONDS

const lazily = <T>(make: () => T): (() => T) => {
  let made: T | undefined
  return () => (made ??= make())
}
