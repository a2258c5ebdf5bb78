import type { SearchGraph } from './customise'
import { indexOf } from './elimination'

/** Centimetres that each arc leads along: the edge that it leads to and those between, not the one it comes from. */
export const arcLengths = ({ vertexCount, out, in: into }: SearchGraph, edgeLength: Int32Array) => {
  const lengths = { out: new Float64Array(out.members.length), in: new Float64Array(into.members.length) }
  const lengthOf = (tail: number, head: number, via: number) =>
    via === -1 ? edgeLength[head]! : lengths.in[indexOf(into, via, tail)]! + lengths.out[indexOf(out, via, head)]!
  // Shortcuts go by lower vertices than their own, so those are known.
  for (let v = 0; v < vertexCount; v++) {
    for (let arc = out.first[v]!; arc < out.first[v + 1]!; arc++)
      lengths.out[arc] = lengthOf(v, out.members[arc]!, out.via[arc]!)
    for (let arc = into.first[v]!; arc < into.first[v + 1]!; arc++)
      lengths.in[arc] = lengthOf(into.members[arc]!, v, into.via[arc]!)
  }
  return lengths
}
