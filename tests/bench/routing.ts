/**
 * `bun run bench:routing`: routing beside plain Dijkstra and the JavaScript packages, all with the same Göteborg in the same
 * run. A benchmark, never a test: it ends with 0 unless something broke, and says how many limits were met.
 *
 * --only NAME    search, peers, tables, metro, opening or http; several with commas
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { buildCity } from '#modules/routing/graph/build-city'
import { readGeoJson } from '#modules/routing/graph/import/index'
import { type PreparedProfile, prepare } from '#modules/routing/graph/prepare'
import { cleanUp, cleanUpOnSignals, INTERRUPTED_EXIT_CODE, interruption } from './cleanup.ts'
import { carGraph, metropolis, readGoteborg } from './routing-cities.ts'
import { httpRows } from './routing-http.ts'
import { openingRows } from './routing-memory.ts'
import { isMet, type Row, rowHeading, rowText } from './routing-rows.ts'
import { drawPairs, peerRows, preparationRows, searchRows, snapRows, tableRows } from './routing-search.ts'

const NAMES = ['search', 'peers', 'tables', 'metro', 'opening', 'http'] as const
const GOTEBORG = { p50: 15, p99: 30, pathP99: 60 }
const METRO = { p50: 60 }
const SNAP_MICROS_MAX = 20
const PREPARATION_SECONDS_MAX = { goteborg: 2, metro: 28 }

process.chdir(`${import.meta.dir}/../..`)

const all: Row[] = []
const show = (rows: readonly Row[]) => {
  all.push(...rows)
  for (const row of rows) console.log(rowText(row))
}

const main = async () => {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  const chosen = values.only?.split(',') ?? [...NAMES]
  const unknown = chosen.filter((name) => !(NAMES as readonly string[]).includes(name))
  if (unknown.length > 0) throw new Error(`--only knows ${NAMES.join(', ')}; not ${unknown.join(', ')}`)
  const load = loadavg()[0]!.toFixed(2)
  console.log(`bench:routing, bun ${Bun.version}, ${cpus().length} x ${cpus()[0]!.model}, load ${load} before\n`)
  console.log(rowHeading())

  const network = await readGoteborg()
  const graph = carGraph(network)
  console.log(`Göteborg: ${graph.edgeSide.length} edges, ${graph.turnTo.length} arcs (turns)`)
  const { rows, profile } = preparationRows('Göteborg', graph, PREPARATION_SECONDS_MAX.goteborg)
  if (chosen.includes('search') || chosen.includes('peers')) measureSearch(profile, rows, chosen.includes('peers'))
  if (chosen.includes('tables')) {
    const sizes: [number, number?][] = [[50], [200, 7], [1_000, 150]]
    show(tableRows('Göteborg', profile, sizes))
  }
  const metro =
    chosen.includes('metro') || chosen.includes('opening') ? carGraph(metropolis(network, graph)) : undefined
  if (chosen.includes('metro')) measureMetro(metro!)
  if (chosen.includes('opening')) show(openingRows({ Göteborg: profile, metropolis: prepare(metro!) }))
  if (chosen.includes('http')) show(await httpRows(buildCity(readGeoJson(network), { source: 'Göteborg' })))

  const limited = all.filter(({ max, min }) => max !== undefined || min !== undefined)
  const short = limited.filter((row) => !isMet(row)).map(({ name }) => name)
  const names = short.length > 0 ? `; short: ${short.join(', ')}` : ''
  console.log(`\n${limited.length - short.length} of ${limited.length} limits met${names}`)
}

const measureSearch = (profile: PreparedProfile, preparation: readonly Row[], withPeers: boolean) => {
  const pairs = drawPairs(profile.graph, 61)
  const rows = searchRows('Göteborg', profile, pairs, GOTEBORG)
  show(rows)
  if (withPeers) show(peerRows(profile, pairs, rows))
  show(snapRows('Göteborg', profile, SNAP_MICROS_MAX))
  show(preparation)
}

const measureMetro = (graph: ReturnType<typeof carGraph>) => {
  console.log(`metropolis: ${graph.edgeSide.length} edges, ${graph.turnTo.length} arcs (turns)`)
  const { rows, profile } = preparationRows('metropolis', graph, PREPARATION_SECONDS_MAX.metro)
  show(searchRows('metropolis', profile, drawPairs(graph, 66), METRO))
  show(tableRows('metropolis', profile, [[200], [1_000]]))
  show(rows)
}

cleanUpOnSignals()
let exitCode = 0
try {
  await main()
} catch (error) {
  // What fails because its processes are being stopped is no news.
  exitCode = interruption.signal.aborted ? INTERRUPTED_EXIT_CODE : 1
  if (!interruption.signal.aborted) console.error(error)
} finally {
  await cleanUp()
}
process.exit(exitCode)
