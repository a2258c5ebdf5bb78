/**
 * `ROADS_DATA_DIR=... bun run bench:reference [CITY ...]`: car routes held against the answers of an OSRM server, which that
 * folder keeps beside the extracts. Plain Dijkstra, so that it is the import that is tested and not the search. Exit code 1
 * when a city is out of bounds.
 */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readNetwork } from '#demo/city'
import { importRoads, readGeoJson, readMap } from '#modules/routing/graph/import/index'
import { type Compared, compareCity, type ReferencePair } from './reference-routes.ts'
import { percentile } from './statistics.ts'

const MEDIAN = [0.97, 1.03] as const
const TAILS = [0.85, 1.15] as const
/** Pairs farther off than that are looked into. */
const TAIL = 0.03
const TAIL_SHOWN_MAX = 20

const folder = process.env.ROADS_DATA_DIR
if (!folder || !existsSync(folder)) {
  console.error('ROADS_DATA_DIR has to name the folder with reference-CITY.json and CITY.osm.pbf; there is none.')
  process.exit(2)
}
const isWithin = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high
const known = readdirSync(folder).flatMap((name) => /^reference-(\w+)\.json$/.exec(name)?.[1] ?? [])
const cities = process.argv.length > 2 ? process.argv.slice(2) : known

const readCity = async (city: string) => {
  const file = Bun.file(join(folder, `${city}.osm.pbf`))
  // The demo city is in a package; its reference was made of the same streets.
  return (await file.exists()) ? readMap(await file.bytes()) : readGeoJson(await readNetwork())
}

const row = (city: string, compared: readonly Compared[]) => {
  const durations = compared.map(({ durationRatio }) => durationRatio)
  const at = (percent: number) => percentile(durations, percent)
  const same = compared.filter(({ distanceRatio }) => Math.abs(distanceRatio - 1) <= 0.01).length
  const isGood = isWithin(at(50), MEDIAN) && isWithin(at(5), TAILS) && isWithin(at(95), TAILS)
  const figures = [1, 5, 50, 95, 99].map((percent) => at(percent).toFixed(3).padStart(7)).join('')
  console.log(`${city.padEnd(12)}${figures}  ${same} of ${compared.length}  ${isGood ? 'good' : 'OUT OF BOUNDS'}`)
  return isGood
}

const explain = (compared: readonly Compared[]) => {
  const tail = compared.filter(({ durationRatio }) => Math.abs(durationRatio - 1) > TAIL)
  const atEnds = tail.filter(({ isExplainedByEnds }) => isExplainedByEnds)
  console.log(
    `  ${tail.length} more than ${TAIL * 100} % off; ${atEnds.length} of them agree when the trip begins and ends`,
  )
  console.log('  on one of the roads at the junction that was given, as OSRM chose one. The others:')
  for (const { pair, durationRatio, distanceRatio } of tail
    .filter((one) => !one.isExplainedByEnds)
    .slice(0, TAIL_SHOWN_MAX)) {
    const place = ({ lat, lon }: ReferencePair['from']) => `${lat},${lon}`
    const figures = `duration ${durationRatio.toFixed(3)}, distance ${distanceRatio.toFixed(3)} of ${pair.distance_m} m`
    console.log(`    ${pair.i}: ${place(pair.from)} to ${place(pair.to)}: ${figures}`)
  }
}

console.log('city           1 %    5 %   50 %   95 %   99 %  same distance within 1 %')
let isGood = true
for (const city of cities) {
  const { pairs } = (await Bun.file(join(folder, `reference-${city}.json`)).json()) as { pairs: ReferencePair[] }
  const { graph } = importRoads(await readCity(city), 'car')
  const compared = compareCity(graph, pairs)
  isGood = row(city, compared) && isGood
  explain(compared)
}
process.exit(isGood ? 0 : 1)
