import { ROAD_CLASS_MASK, type RoadGraph } from '../graph/road-graph'
import { type Evidence, RECENT_HALF_LIFE_SECONDS, remembered, speedFactor, TYPICAL_HALF_LIFE_SECONDS } from './estimate'

/** What was seen of sides by the keys of sides, by column, and how long ago. */
export type Seen = {
  side: Float64Array
  meters: Float64Array
  seconds: Float64Array
  trips: Float64Array
  ageSeconds: Float64Array
}

export type NewSpeeds = {
  edgeDuration: Int32Array
  edgeWeight: Int32Array
  /** Edges that differ enough from those in use for it to matter. */
  changedCount: number
  /** Sides of which something was seen. */
  seenCount: number
}

/** An edge has changed when its time has, by such a share and by so many centiseconds. */
const CHANGE_SHARE = 0.05
const CHANGE_CENTISECONDS = 20

type Known = {
  typical: Seen
  recent: Seen
  /** By the index of a road's class. */
  hourFactors: readonly number[]
}

/** Durations and weights of all edges by what is known now; `graph` is as imported. Both change by the same share. Pure. */
export const newSpeeds = (graph: RoadGraph, keys: Float64Array, known: Known, inUse: Int32Array): NewSpeeds => {
  const typical = evidenceBySide(known.typical, TYPICAL_HALF_LIFE_SECONDS)
  const recent = evidenceBySide(known.recent, RECENT_HALF_LIFE_SECONDS)
  const edgeDuration = new Int32Array(graph.edgeSide.length)
  const edgeWeight = new Int32Array(graph.edgeSide.length)
  const seen = new Set<number>()
  let changedCount = 0
  for (let edge = 0; edge < edgeDuration.length; edge++) {
    const side = graph.edgeSide[edge]!
    const key = keys[side]!
    const lengthMeters = graph.roadLength[side >> 1]! / 100
    const hourFactor = known.hourFactors[graph.roadFlags[side >> 1]! & ROAD_CLASS_MASK]!
    const base = graph.edgeDuration[edge]!
    const facts = { hourFactor, typical: typical.get(key), recent: recent.get(key) }
    if (facts.typical || facts.recent) seen.add(key)
    const factor =
      lengthMeters === 0 ? 1 : speedFactor({ lengthMeters, baseMps: (lengthMeters / base) * 100, ...facts })
    edgeDuration[edge] = Math.max(1, Math.round(base / factor))
    edgeWeight[edge] = Math.max(edgeDuration[edge]!, Math.round(graph.edgeWeight[edge]! / factor))
    const change = Math.abs(edgeDuration[edge]! - inUse[edge]!)
    if (change >= CHANGE_CENTISECONDS && change > CHANGE_SHARE * inUse[edge]!) changedCount++
  }
  return { edgeDuration, edgeWeight, changedCount, seenCount: seen.size }
}

const evidenceBySide = (seen: Seen, halfLifeSeconds: number): Map<number, Evidence> => {
  const bySide = new Map<number, Evidence>()
  for (let i = 0; i < seen.side.length; i++) {
    const [meters, seconds, trips] = [seen.meters[i]!, seen.seconds[i]!, seen.trips[i]!]
    bySide.set(seen.side[i]!, remembered({ meters, seconds, trips }, seen.ageSeconds[i]!, halfLifeSeconds))
  }
  return bySide
}
