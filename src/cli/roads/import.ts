import { existsSync, statSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { clock } from '#core/clock'
import { buildCity } from '#modules/routing/graph/build-city'
import { compactCity } from '#modules/routing/graph/compact-points'
import { type ImportReport, MapFileError, readMap } from '#modules/routing/graph/import/index'
import { writeRoads } from '#modules/routing/roads-file'
import { type Options, UsageError } from './options.ts'
import { reportTable } from './print.ts'

const PROGRESS_EVERY_MS = 1000

/** Imports a map and writes its roads; nothing is written before all of it is known to be good. Throws MapFileError. */
export const importMap = async ({ file, out, profiles, isLeftHand }: Options, tell: (line: string) => void) => {
  if (!existsSync(file) || !statSync(file).isFile()) throw new UsageError(`There is no file ${file}.`)
  if (!existsSync(dirname(resolve(out)))) throw new UsageError(`There is no folder for ${out}.`)
  if (resolve(file) === resolve(out)) throw new UsageError('The roads cannot go where the map is.')
  const begun = clock.nowMs()
  const data = readMap(await Bun.file(file).bytes(), progress(tell, `${basename(file)}: read`))
  tell(`${basename(file)}: ${data.wayId.length} ways on ${data.points.lat.length} points`)
  if (data.missingPointCount > 0) tell(`${data.missingPointCount} points lie outside of the file`)
  const reports: ImportReport[] = []
  const city = buildCity(data, {
    source: basename(file),
    profiles,
    isLeftHand,
    onStep: (profile, report, isPrepared) => {
      tell(isPrepared ? `${profile}: ready` : `${profile}: ${report.edgeCount} edges, preparing the search`)
      if (isPrepared) reports.push(report)
    },
  })
  const empty = reports.filter(({ edgeCount }) => edgeCount === 0).map(({ profile }) => profile)
  if (empty.length > 0) throw new MapFileError(`There are no roads for ${empty.join(', ')} in ${file}.`)
  writeRoads(out, compactCity(city))
  const seconds = ((clock.nowMs() - begun) / 1000).toFixed(1)
  return `${reportTable(reports)}\n${out}: ${statSync(out).size} bytes, ${seconds} s. © OpenStreetMap contributors, ODbL`
}

/** A line about every second. */
const progress = (tell: (line: string) => void, what: string) => {
  let toldMs = clock.nowMs()
  return (share: number) => {
    if (clock.nowMs() - toldMs < PROGRESS_EVERY_MS) return
    toldMs = clock.nowMs()
    tell(`${what} ${Math.floor(share * 100)} %`)
  }
}
