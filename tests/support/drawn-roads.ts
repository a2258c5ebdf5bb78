/** Small road networks drawn by fast-check: what a city rarely has, they have often. */
import fc from 'fast-check'
import type { GraphPlan, RoadPlan, Spot } from './road-graphs.ts'

const MAX_NODES = 8
const MAX_ROADS = 14

const road = (nodeCount: number): fc.Arbitrary<RoadPlan> =>
  fc.record({
    from: fc.nat(nodeCount - 1),
    to: fc.nat(nodeCount - 1),
    // Nothing, too: the least an edge can have.
    seconds: fc.nat(5),
    driven: fc.constantFrom('both', 'both', 'forward', 'backward'),
    extraWeightSeconds: fc.constantFrom(0, 0, 0, 3),
    isRestricted: fc.constantFrom(false, false, false, true),
  })

const nodesOf = (nodeCount: number): fc.Arbitrary<Spot[]> =>
  fc.array(fc.tuple(fc.nat(500), fc.nat(500)), { minLength: nodeCount, maxLength: nodeCount })

const small = fc.nat(1_000)

/** Parts apart, parallel roads, roads from a node to itself, equal costs, dead ends, restrictions of every kind. */
export const drawnPlan: fc.Arbitrary<GraphPlan> = fc.integer({ min: 1, max: MAX_NODES }).chain((nodeCount) =>
  fc
    .record({
      nodes: nodesOf(nodeCount),
      roads: fc.array(road(nodeCount), { minLength: 1, maxLength: MAX_ROADS }),
      forbidden: fc.array(fc.tuple(small, small), { maxLength: 6 }),
      forbiddenVia: fc.array(fc.tuple(small, small, small), { maxLength: 4 }),
      turnStep: fc.constantFrom(0, 0, 1, 3),
      canTurnBack: fc.boolean(),
    })
    .map(({ nodes, roads, forbidden, forbiddenVia, turnStep, canTurnBack }) => ({
      nodes,
      roads,
      canTurnBack,
      turnSeconds: (from: number, to: number) => ((from + to) * turnStep) % 4,
      forbidden: forbidden.flatMap(([pick, next]) => inARow(roads, [pick, next]) as [number, number][]),
      forbiddenVia: forbiddenVia
        .flatMap(([pick, next, last]) => inARow(roads, [pick, next, last]) as [number, number, number][])
        .filter(([, middle]) => !roads[middle >> 1]!.isRestricted),
    })),
)

/** All roads driven both ways, at the same speed, with turns that cost the same from either side. */
export const symmetricPlan: fc.Arbitrary<GraphPlan> = fc.integer({ min: 2, max: MAX_NODES }).chain((nodeCount) =>
  fc
    .record({
      nodes: nodesOf(nodeCount),
      roads: fc.array(
        road(nodeCount).map((plan): RoadPlan => ({ ...plan, driven: 'both', isRestricted: false })),
        { minLength: 1, maxLength: MAX_ROADS },
      ),
    })
    .map((plan) => ({ ...plan, turnSeconds: (from: number, to: number) => ((from ^ 1) + to + (from ^ 1) * to) % 3 })),
)

/** Some sides that follow each other, or nothing. */
const inARow = (roads: readonly RoadPlan[], picks: readonly number[]): number[][] => {
  const row: number[] = []
  for (const pick of picks) {
    const before = row.at(-1)
    const choices = drivenSides(roads).filter(
      (side) => before === undefined || tailOf(roads, side) === tailOf(roads, before ^ 1),
    )
    if (choices.length === 0) return []
    row.push(choices[pick % choices.length]!)
  }
  return [row]
}

const tailOf = (roads: readonly RoadPlan[], side: number) => (side & 1 ? roads[side >> 1]!.to : roads[side >> 1]!.from)

const drivenSides = (roads: readonly RoadPlan[]): number[] =>
  roads.flatMap(({ driven = 'both' }, road) => [
    ...(driven === 'backward' ? [] : [road * 2]),
    ...(driven === 'forward' ? [] : [road * 2 + 1]),
  ])
