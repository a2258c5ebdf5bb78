import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ConfigError, configureCommand } from '#core/config'
import { connect, errorCode, problemOfDatabaseError } from '#core/database'
import { findZones, settingsOf, type ZoneRow } from '#core/zones'
import { type Read, readOnly, readShifts, type Shifts, type Span } from '#modules/dispatch/replay/record'
import { type RecordedFacts, type Replayed, readRecorded, replay } from '#modules/dispatch/replay/run'
import { columnsOf, tableHeading, tableLine } from '#modules/dispatch/replay/table'
import { approximateLeg } from '#modules/routing/index'
import { openRoads } from '#modules/routing/roads'
import { RoadsFileError } from '#modules/routing/roads-file'
import { type Options, UsageError } from './options.ts'

/** Zone by zone, what happened and what would have. Prints no names, addresses or places. */

/** What went wrong, in words for who asked. */
export class CannotReplay extends Error {}

type Print = (line: string) => void

const STATEMENT_TIMEOUT_MS = 120_000
const COLUMNS = columnsOf('over')

export const replayZones = async (url: string, options: Options, print: Print) => {
  openRouting()
  const sql = connect({ url, poolMax: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS, lockTimeoutMs: 5_000 })
  try {
    const read = readOnly(sql)
    const zones = zonesOf(await read(findZones), options.zone)
    let orderCount = 0
    for (const zone of zones) orderCount += await replayZone(read, zone, options, print)
    if (orderCount === 0) print('No kitchen accepted an order in that time.')
  } catch (error) {
    throw sayable(error)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Roads where routing runs in this process; where it runs apart, it is asked there. */
const openRouting = () => {
  try {
    const { MODULES, ROADS } = configureCommand()
    if (MODULES.includes('routing')) openRoads(ROADS)
  } catch (error) {
    if (error instanceof ConfigError || error instanceof RoadsFileError) throw new CannotReplay(error.message)
    throw error
  }
}

const sayable = (error: unknown) => {
  const problem = problemOfDatabaseError(error)
  if (!problem) return error
  return new CannotReplay(`The database cannot be read: ${problem.detail ?? errorCode(error)}`)
}

const zonesOf = (zones: readonly ZoneRow[], wanted: string | undefined): ZoneRow[] => {
  const found = zones.filter(({ id, slug }) => wanted === undefined || id === wanted || slug === wanted)
  if (found.length > 0) return found
  if (wanted === undefined) throw new CannotReplay('There are no zones.')
  throw new UsageError(`There is no zone "${wanted}"; there are ${zones.map(({ slug }) => slug).join(', ')}.`)
}

/** Returns how many orders there were. */
const replayZone = async (read: Read, zone: ZoneRow, options: Options, print: Print): Promise<number> => {
  const span: Span = { zoneId: zone.id, timeZone: zone.timeZone, from: options.from, to: options.to }
  const shifts = await read((sql) => readShifts(sql, span))
  const recorded = await readRecorded(read, span, shifts, ({ travelSeconds, pickup, dropoff }) =>
    Math.round(travelSeconds ?? approximateLeg(pickup, dropoff).durationSeconds),
  )
  if (recorded.acceptedCount === 0) return 0
  for (const line of factsOf(zone, shifts, recorded)) print(line)
  print(tableHeading('zone', COLUMNS))
  const tell = (one: Replayed) => {
    print(tableLine(COLUMNS, zone.slug, one.policy, one.measures, one.roundMs))
    if (options.out) keep(options.out, zone.slug, one, span)
  }
  tell(recorded)
  const { roundSeconds, budgetMs } = options
  const settings = { ...settingsOf(zone.settings), ...options.settings }
  let isApproximate = false
  for (const policy of options.policies) {
    const one = await replay(read, span, shifts, policy, { settings, roundSeconds, budgetMs })
    isApproximate ||= one.isApproximate
    tell(one)
  }
  if (isApproximate) print('Travel times of the replay are estimates: no roads answered for all of them.')
  print('')
  return recorded.acceptedCount
}

const factsOf = ({ slug }: ZoneRow, { shifts, unplacedCount }: Shifts, recorded: RecordedFacts): string[] => {
  const { acceptedCount, cancelledCount, unfinishedCount, measures } = recorded
  const driverCount = new Set(shifts.map(({ driverId }) => driverId)).size
  return [
    `${slug}: ${acceptedCount} orders accepted, ${cancelledCount} of them cancelled; ${measures.orderCount} count. ` +
      `${driverCount} drivers in ${shifts.length} shifts.`,
    ...(unfinishedCount > 0 ? [`${unfinishedCount} were not delivered when this was read.`] : []),
    ...(unplacedCount > 0 ? [`${unplacedCount} shifts are left out: where they began is not known.`] : []),
  ]
}

/** Ids and times only. */
const keep = (folder: string, slug: string, { policy, brought }: Replayed, { from }: Span) => {
  mkdirSync(folder, { recursive: true })
  const instant = (seconds: number) => new Date(from.getTime() + Math.round(seconds * 1000)).toISOString()
  const lines = brought.map((one) =>
    [
      ...[one.orderId, one.driverId],
      ...[one.placedAt, one.readyAt, one.assignedAt, one.pickedUpAt, one.deliveredAt].map(instant),
    ].join('\t'),
  )
  const header = ['order', 'driver', 'placed', 'ready', 'assigned', 'picked_up', 'delivered'].join('\t')
  writeFileSync(join(folder, `${slug}-${policy}.tsv`), `${[header, ...lines].join('\n')}\n`)
}
