import type { RoadGraph } from '../graph/road-graph.ts'

const decoder = new TextDecoder()
const readTexts = new WeakMap<RoadGraph, (string | undefined)[]>()

/** A text of a graph. Kept once read: a route asks for the same few again and again. */
export const textOf = (graph: RoadGraph, index: number): string => {
  let texts = readTexts.get(graph)
  if (!texts) {
    texts = new Array(graph.texts.first.length - 1)
    readTexts.set(graph, texts)
  }
  let text = texts[index]
  if (text === undefined) {
    const { first, bytes } = graph.texts
    // A copy: decoders refuse memory that is shared between threads.
    text = decoder.decode(bytes.slice(first[index], first[index + 1]))
    texts[index] = text
  }
  return text
}

export const nameOf = (graph: RoadGraph, road: number) => textOf(graph, graph.roadName[road]!)
export const refOf = (graph: RoadGraph, road: number) => textOf(graph, graph.roadRef[road]!)
