import { GrowingInts } from './growing'
import type { RestrictionAutomaton } from './restriction-automaton'
import type { RoadNetwork } from './road-network'
import { useOf } from './sides'
import type { EachTurn } from './turns'

/** Driven sides, with copies where a restriction remembers what came before, and the turns between them. */
export type Edges = {
  side: Int32Array
  /** Reached from anywhere; the others only in the middle of a restriction. */
  isPlain: Uint8Array
  turnFirst: Int32Array
  turnTo: Int32Array
  turnCost: Int32Array
}

export const edgesOf = (network: RoadNetwork, automaton: RestrictionAutomaton, eachTurn: EachTurn): Edges => {
  const side = new GrowingInts()
  const state = new GrowingInts()
  const isPlain = new GrowingInts()
  const plainEdge = new Int32Array(network.roadFrom.length * 2).fill(-1)
  const stateEdge = new Int32Array(automaton.stateCount).fill(-1)
  for (let one = 0; one < plainEdge.length; one++) {
    if (!useOf(network, one)) continue
    plainEdge[one] = side.push(one)
    state.push(automaton.plain(one))
    isPlain.push(1)
  }
  for (let one = 1; one < automaton.stateCount; one++) {
    if (automaton.depthOf(one) < 2) continue
    stateEdge[one] = side.push(automaton.sideOf(one))
    state.push(one)
    isPlain.push(0)
  }
  const turnFirst = new Int32Array(side.length + 1)
  const turnTo = new GrowingInts()
  const turnCost = new GrowingInts()
  for (let edge = 0; edge < side.length; edge++) {
    const from = state.at(edge)
    eachTurn(side.at(edge), from, (to, cost) => {
      const reached = automaton.next(from, to)
      turnTo.push(automaton.depthOf(reached) < 2 ? plainEdge[to]! : stateEdge[reached]!)
      turnCost.push(cost)
    })
    turnFirst[edge + 1] = turnTo.length
  }
  return {
    side: side.taken(),
    isPlain: Uint8Array.from(isPlain.taken()),
    turnFirst,
    turnTo: turnTo.taken(),
    turnCost: turnCost.taken(),
  }
}
