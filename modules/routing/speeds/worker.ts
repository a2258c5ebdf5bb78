/**
 * A thread of its own for what would keep requests waiting: bringing fixes to roads, and putting new speeds into a
 * hierarchy. It maps the same road files as the main thread; what it works out is handed over without copying.
 */
import type { Answered, Asked } from '#core/thread'
import { createRouter } from '../graph/create-router'
import type { City } from '../graph/format'
import { metricOf } from '../graph/prepare'
import type { Profile } from '../graph/road-graph'
import type { Router } from '../graph/router'
import { mapRoads } from '../roads-file'
import { newSpeeds } from './new-speeds'
import { observationsOf } from './observations'
import { sideKeys } from './side-keys'
import type { Answers, Customised, CustomiseTask, Task } from './worker-messages'

type Roads = { city: City; keys: Partial<Record<Profile, Float64Array>>; routers: Partial<Record<Profile, Router>> }

const open = new Map<string, Roads>()

const roadsOf = ({ path, checksum }: Task): Roads => {
  const known = open.get(path)
  if (known?.city.checksum === checksum) return known
  const city = mapRoads(path)
  // Another numbering of roads: the main thread still has the file that was here before.
  if (city.checksum !== checksum) throw new Error(`${path} was replaced: restart to use its roads`)
  const roads = { city, keys: {}, routers: {} }
  open.set(path, roads)
  return roads
}

const profileOf = ({ city, keys, routers }: Roads, profile: Profile) => {
  const prepared = city.profiles[profile]
  if (!prepared) throw new Error(`the roads have no profile ${profile}`)
  keys[profile] ??= sideKeys(prepared.graph)
  return {
    ...prepared,
    keys: keys[profile],
    router: () => {
      routers[profile] ??= createRouter(prepared)
      return routers[profile]
    },
  }
}

const customised = (task: CustomiseTask, { graph, hierarchy, keys }: ReturnType<typeof profileOf>): Customised => {
  const startedMs = performance.now()
  const speeds = newSpeeds(graph, keys, task, task.inUse)
  const { edgeDuration, edgeWeight } = speeds
  const metric = speeds.changedCount > 0 ? metricOf({ ...graph, edgeDuration, edgeWeight }, hierarchy) : undefined
  return { ...speeds, ...(metric ? { metric } : {}), customiseSeconds: (performance.now() - startedMs) / 1_000 }
}

const buffersOf = ({ edgeDuration, edgeWeight, metric }: Customised): ArrayBufferLike[] => [
  edgeDuration.buffer,
  edgeWeight.buffer,
  ...(metric ? [metric.out.cost, metric.out.via, metric.in.cost, metric.in.via].map(({ buffer }) => buffer) : []),
]

type Answer = Answers[keyof Answers]

const done = (task: Task): { answer: Answer; moved: ArrayBufferLike[] } => {
  const profile = profileOf(roadsOf(task), task.profile)
  if (task.kind === 'match') return { answer: observationsOf(profile.router(), profile.keys, task.trips), moved: [] }
  const answer = customised(task, profile)
  return { answer, moved: buffersOf(answer) }
}

declare const self: Worker

self.onmessage = ({ data: { id, task } }: MessageEvent<Asked<Task>>) => {
  try {
    const { answer, moved } = done(task)
    self.postMessage({ id, answer } satisfies Answered<Answer>, moved as ArrayBuffer[])
  } catch (error) {
    self.postMessage({ id, error: error instanceof Error ? error.message : String(error) } satisfies Answered<Answer>)
  }
  // Thousands of fixes leave hundreds of megabytes behind, which would stay until the next run.
  Bun.gc(true)
}
