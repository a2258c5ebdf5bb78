import type { Pattern } from './restriction-patterns'

/**
 * What was driven last, as far as a restriction needs to know it: an automaton over sides (Aho and Corasick, 1975) whose
 * states are beginnings of patterns. State 0 knows nothing.
 */
export type RestrictionAutomaton = {
  /** States that more than one side lead to a state: copies of that side are needed for them. */
  stateCount: number
  /** The state after driving `side` in `state`. */
  next(state: number, side: number): number
  /** Whether driving `side` in `state` completes a pattern. */
  isForbidden(state: number, side: number): boolean
  /** The state of a side that was reached from anywhere. */
  plain(side: number): number
  /** The side a state stands on, -1 for state 0, and how many sides it remembers. */
  sideOf(state: number): number
  depthOf(state: number): number
}

export const restrictionAutomaton = (patterns: readonly Pattern[]): RestrictionAutomaton => {
  const children: Map<number, number>[] = [new Map()]
  const ends: Set<number>[] = [new Set()]
  const side: number[] = [-1]
  const depth: number[] = [0]
  for (const pattern of patterns) {
    let state = 0
    for (const one of pattern.slice(0, -1)) {
      let child = children[state]!.get(one)
      if (child === undefined) {
        child = children.push(new Map()) - 1
        ends.push(new Set())
        side.push(one)
        depth.push(depth[state]! + 1)
        children[state]!.set(one, child)
      }
      state = child
    }
    ends[state]!.add(pattern.at(-1)!)
  }
  const shorter = shorterStates(children)
  const next = (state: number, on: number): number => {
    for (let at = state; ; at = shorter[at]!) {
      const child = children[at]!.get(on)
      if (child !== undefined) return child
      if (at === 0) return 0
    }
  }
  const isForbidden = (state: number, on: number): boolean => {
    for (let at = state; at !== 0; at = shorter[at]!) if (ends[at]!.has(on)) return true
    return false
  }
  return {
    stateCount: children.length,
    next,
    isForbidden,
    plain: (on) => children[0]!.get(on) ?? 0,
    sideOf: (state) => side[state]!,
    depthOf: (state) => depth[state]!,
  }
}

/** For each state the longest other state that what was driven also ends with. */
const shorterStates = (children: readonly Map<number, number>[]): number[] => {
  const shorter: number[] = new Array(children.length).fill(0)
  const queue = [...children[0]!.values()]
  for (const state of queue) {
    for (const [on, child] of children[state]!) {
      let at = shorter[state]!
      while (at !== 0 && !children[at]!.has(on)) at = shorter[at]!
      shorter[child] = children[at]!.get(on) ?? 0
      queue.push(child)
    }
  }
  return shorter
}
