/**
 * `ROADS_DATA_DIR=... bun run roads:tail [CITY ...]`: which routes are not those of OSRM 6.0, and whether that is for the roads
 * or for where it began. A place at a junction lies on all the roads that meet there, and any of them may be the first: so
 * it is for OSRM, and here. Plain Dijkstra: it is the import that is looked at, not the search.
 */
import { extractGraph, referencePairs } from '#support/road-extracts'
import { percentile } from '../bench/statistics.ts'
import { type Compared, compareRoutes } from './tail-routes.ts'

/** Routes farther off than that are looked into. */
const TAIL = 0.03
const SAME_DISTANCE = 0.01

const cities = process.argv.length > 2 ? process.argv.slice(2) : ['andorra', 'baltimore', 'goteborg']

const tell = (city: string, compared: readonly Compared[]) => {
  const durations = compared.map(({ durationRatio }) => durationRatio)
  const figures = [0, 1, 5, 50, 95, 99, 100].map((percent) => percentile(durations, percent).toFixed(3).padStart(7))
  const sameCount = compared.filter(({ distanceRatio }) => Math.abs(distanceRatio - 1) <= SAME_DISTANCE).length
  console.log(`${city.padEnd(10)}${figures.join('')}${String(sameCount).padStart(8)} of ${compared.length}`)
  const tail = compared.filter(({ durationRatio }) => Math.abs(durationRatio - 1) > TAIL)
  const others = tail.filter(({ isExplainedByEnds }) => !isExplainedByEnds)
  console.log(
    `  ${tail.length} are more than ${TAIL * 100} % off, ${tail.length - others.length} of them for the road they begin or end on.`,
  )
  for (const { from, to, durationRatio, distanceRatio } of others) {
    const ratios = `duration ${durationRatio.toFixed(3)}, distance ${distanceRatio.toFixed(3)}`
    console.log(`  ${from.lat},${from.lon} to ${to.lat},${to.lon}: ${ratios}`)
  }
}

console.log('ours / theirs  p0     p1     p5    p50    p95    p99   p100   same distance')
for (const city of cities) tell(city, compareRoutes(await extractGraph(city), await referencePairs(city)))
