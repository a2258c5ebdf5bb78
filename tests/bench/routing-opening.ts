/**
 * A process of its own that opens a roads file, asks it 1,000 routes between coordinates and prints what that took and what it
 * holds then. What the program itself holds is not counted: it has asked a small city as much before.
 *
 * bun routing-opening.ts SMALL_FILE FILE
 */
import { createRouter } from '#modules/routing/graph/create-router'
import { DEGREE } from '#modules/routing/graph/road-graph'
import { mapRoads } from '#modules/routing/roads-file'
import { chanceFrom } from '#support/road-city'

const ROUTES = 1_000
const [smallFile, file] = process.argv.slice(2)

const open = (path: string) => {
  const from = Bun.nanoseconds()
  const profile = mapRoads(path).profiles.car!
  const router = createRouter(profile)
  return { router, millis: (Bun.nanoseconds() - from) / 1e6 }
}

const ask = ({ router }: ReturnType<typeof open>) => {
  const { points, geometry } = router.graph
  const chance = chanceFrom(64)
  const drawSnap = () => {
    const point = geometry[Math.floor(chance() * geometry.length)]!
    return router.snap({ lat: points.lat[point]! / DEGREE + chance() * 1e-3, lng: points.lng[point]! / DEGREE })[0]!
  }
  for (let i = 0; i < ROUTES; i++) router.path(drawSnap(), drawSnap())
}

/** Without what is no longer used. */
const residentBytes = async () => {
  for (let i = 0; i < 3; i++) {
    Bun.gc(true)
    await Bun.sleep(50)
  }
  return process.memoryUsage.rss()
}

const small = open(smallFile!)
ask(small)
const before = await residentBytes()
const { router, millis } = open(file!)
ask({ router, millis })
const bytes = (await residentBytes()) - before
// What is asked once more is still held.
ask({ router, millis })
console.log(JSON.stringify({ millis, bytes }))
