import type { RoadGraph, Texts } from '../graph/road-graph.ts'

const decoder = new TextDecoder()
/** By what they are read from, which stays when a city's speeds change and with them its graph. */
const readTexts = new WeakMap<Texts, (string | undefined)[]>()

/** A text of a graph. Kept once read: a route asks for the same few again and again. */
export const textOf = (graph: RoadGraph, index: number): string => {
  let texts = readTexts.get(graph.texts)
  if (!texts) {
    texts = new Array(graph.texts.first.length - 1)
    readTexts.set(graph.texts, texts)
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
