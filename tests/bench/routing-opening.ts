/**
 * A process of its own that opens a roads file, asks it 1,000 routes and prints what that took and what it holds then.
 * What the program itself holds is not counted: it has asked a small city as much before.
 *
 * bun routing-opening.ts SMALL_FILE FILE
 */
import { createRouter } from '#modules/routing/graph/create-router'
import { mapRoads } from '#modules/routing/roads-file'
import { drawPairs } from './routing-search.ts'

const [smallFile, file] = process.argv.slice(2)

const open = (path: string) => {
  const from = Bun.nanoseconds()
  const profile = mapRoads(path).profiles.car!
  const router = createRouter(profile)
  return { router, millis: (Bun.nanoseconds() - from) / 1e6 }
}

/** Twice, so that what is compiled is compiled. */
const ask = ({ router }: ReturnType<typeof open>) => {
  const pairs = drawPairs(router.graph, 64)
  for (let round = 0; round < 2; round++) for (const { from, to } of pairs) router.path(from, to)
}

/** Without what is no longer used; of that of the file which was touched, all. */
const residentBytes = async () => {
  Bun.gc(true)
  await Bun.sleep(50)
  Bun.gc(true)
  return process.memoryUsage.rss()
}

const small = open(smallFile!)
ask(small)
const before = await residentBytes()
const city = open(file!)
ask(city)
console.log(
  JSON.stringify({
    millis: city.millis,
    bytes: (await residentBytes()) - before,
    arcs: city.router.graph.turnTo.length,
  }),
)
