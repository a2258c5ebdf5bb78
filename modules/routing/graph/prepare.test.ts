import { expect, test } from 'bun:test'
import { drawnCity } from '#support/road-city'
import { madeGraph } from '#support/road-graphs'
import { arcLengths } from './arc-lengths.ts'
import { searchGraph } from './customise.ts'
import { indexOf } from './elimination.ts'
import { metricOf, prepare } from './prepare.ts'
import { headOf, type RoadGraph, roadOf, tailOf } from './road-graph.ts'

/** All turns in words that do not depend on how edges are numbered. */
const turnsOf = (graph: RoadGraph): string[] => {
  const nameOf = (edge: number) => {
    let copy = 0
    for (let at = graph.sideEdge[graph.edgeSide[edge]!]!; at !== edge; at = graph.edgeNextCopy[at]!) copy++
    return `${graph.edgeSide[edge]}/${copy} ${graph.edgeDuration[edge]} ${graph.edgeWeight[edge]}`
  }
  const turns: string[] = []
  for (let edge = 0; edge < graph.edgeSide.length; edge++) {
    for (let turn = graph.turnFirst[edge]!; turn < graph.turnFirst[edge + 1]!; turn++)
      turns.push(`${nameOf(edge)} > ${nameOf(graph.turnTo[turn]!)}: ${graph.turnCost[turn]}`)
  }
  return turns.sort()
}

test('edges get other numbers, and nothing else changes', () => {
  const imported = drawnCity(11, 12, 12)
  const { graph } = prepare(imported)
  expect(graph.edgeSide).not.toEqual(imported.edgeSide)
  expect(turnsOf(graph)).toEqual(turnsOf(imported))
  expect(graph.roadLength).toBe(imported.roadLength)
})

test('the metric of other speeds is that of a graph prepared with them', () => {
  const profile = prepare(drawnCity(12, 12, 12))
  const changed = {
    ...profile.graph,
    edgeWeight: profile.graph.edgeWeight.map((weight, edge) => weight + (edge % 90) * 10),
  }
  const metric = metricOf(changed, profile.hierarchy)
  expect(metric).not.toEqual(profile.metric)
  expect(metricOf(profile.graph, profile.hierarchy)).toEqual(profile.metric)
})

test('roads that do not meet, and none at all, can be prepared', () => {
  for (const roads of [[], [{ from: 0, to: 1 }], [{ from: 0, to: 0 }]]) {
    const { graph, hierarchy } = prepare(
      madeGraph({
        nodes: [
          [0, 0],
          [9, 9],
        ],
        roads,
      }),
    )
    expect(hierarchy.vertexCount).toBe(graph.edgeSide.length)
  }
})

test('an arc is as long as the edges that it leads along', () => {
  const profile = prepare(drawnCity(13, 10, 10))
  const { graph } = profile
  const costed = searchGraph(profile.hierarchy, profile.metric)
  const edgeLength = graph.edgeSide.map((side) => graph.roadLength[side >> 1]!)
  const lengths = arcLengths(costed, edgeLength)
  /** The edges after `tail` up to `head`, taken apart from above. */
  const edgesAlong = (tail: number, head: number, via: number): number[] => {
    if (via === -1) return [head]
    const [down, up] = [indexOf(costed.in, via, tail), indexOf(costed.out, via, head)]
    return [...edgesAlong(tail, via, costed.in.via[down]!), ...edgesAlong(via, head, costed.out.via[up]!)]
  }
  const lengthAlong = (tail: number, head: number, via: number) =>
    edgesAlong(tail, head, via).reduce((sum, edge) => sum + edgeLength[edge]!, 0)
  for (let v = 0; v < costed.vertexCount; v++) {
    const { out, in: into } = costed
    for (let arc = out.first[v]!; arc < out.first[v + 1]!; arc++)
      expect(lengths.out[arc]).toBe(lengthAlong(v, out.members[arc]!, out.via[arc]!))
    for (let arc = into.first[v]!; arc < into.first[v + 1]!; arc++)
      expect(lengths.in[arc]).toBe(lengthAlong(into.members[arc]!, v, into.via[arc]!))
  }
  expect(costed.out.via.some((via) => via !== -1)).toBe(true)
})

test('sides know their nodes and roads', () => {
  const graph = madeGraph({
    nodes: [
      [0, 0],
      [9, 9],
    ],
    roads: [{ from: 0, to: 1 }],
  })
  expect([roadOf(1), tailOf(graph, 0), headOf(graph, 0), tailOf(graph, 1), headOf(graph, 1)]).toEqual([0, 0, 1, 1, 0])
})
