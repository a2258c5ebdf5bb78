import { LRUCache } from 'lru-cache'
import pLimit from 'p-limit'
import { clock } from '#core/clock'
import { database } from '#core/database'
import type { EventReader, StoredEvent } from '#core/events'
import type { LatLng } from '#core/geo'
import type { MarketJob } from '#core/jobs'
import { log } from '#core/log'
import { counter } from '#core/metrics'
import { approximateLeg, type Profile, profileOfVehicle, routing } from '#modules/routing/index'
import { believedFixes, type Heard } from './believed.ts'
import { alongRoute, type Eta, estimateEta, etaOf, type Food, type Known, type Stop } from './eta/estimate.ts'
import { type Place, readKnown } from './eta-knowledge.ts'
import { findUnderWay, type NewEta, publishEtas, type UnderWayRow } from './eta-queries.ts'
import { stopsLeft } from './stop-order.ts'

/** Keeps what customers, kitchens and drivers are told of times in step with what happens and where drivers are. */

const runs = counter('eta_runs_total', 'How often times of orders were worked out, and why', ['cause'])
const published = counter('etas_published_total', 'Times of orders that moved by more than a minute and were told')

/** After this, a fix says little about where its driver is. */
const FIX_AGE_SECONDS_MAX = 300
/** He has gone on since his newest fix: for so long it counts as on his way. */
const GOES_ON_SECONDS_MAX = 60
/** To a kitchen, from nobody knows where. */
const REACH_SECONDS_EXPECTED = 360

const ON_BOARD = new Set(['picked_up', 'in_transit', 'at_dropoff'])

type Visit = { row: UnderWayRow; type: 'pickup' | 'dropoff'; place: LatLng }

/** Works the times out again, of these orders or of all, and tells what has moved. Returns how many. */
export const updateEtas = async (now: Date, orderIds?: readonly string[]): Promise<number> => {
  const rows = await findUnderWay(database.sql, orderIds)
  if (rows.length === 0) return 0
  const known = await knownOf(rows, now)
  const [taken, open] = [
    rows.filter(({ driverId }) => driverId !== null),
    rows.filter(({ driverId }) => driverId === null),
  ]
  const byDriver = [...Map.groupBy(taken, ({ driverId }) => driverId!)]
  const fixes = await believedFixes(byDriver.map(([driverId]) => driverId))
  const limit = pLimit(LEGS_AT_ONCE_MAX)
  const etas = await Promise.all(
    byDriver.map(([, his], index) => limit(() => etasOfDriver(his, fixes[index], known, now))),
  )
  const all = [...etas.flat(), ...open.map((row) => etaOfOpen(row, known.get(row.id)!, now))]
  const count = await publishEtas(database.sql, all, now)
  published.inc(count)
  return count
}

const LEGS_AT_ONCE_MAX = 32

/** One look for each kitchen, however many of its orders are under way. */
const knownOf = async (rows: readonly UnderWayRow[], now: Date): Promise<Map<string, Known>> => {
  const places = new Map<string, Place>(rows.map(({ zoneId, chefId }) => [chefId, { zoneId, chefId }]))
  const known = await readKnown(database.sql, [...places.values()], now)
  const byChef = new Map([...places.keys()].map((chefId, index) => [chefId, known[index]!]))
  return new Map(rows.map(({ id, chefId }) => [id, byChef.get(chefId)!]))
}

const etaOfOpen = (row: UnderWayRow, known: Known, now: Date): NewEta => {
  const toDropoffSeconds = kitchenToDoor(row)
  const { pickup, ...dropoff } = estimateEta({ now, food: foodOf(row, known, now), toDropoffSeconds, known })
  // As long as the kitchen has not said yes, nobody is told of a pickup.
  return newEta(row, dropoff, row.acceptedAt === null ? null : pickup)
}

/** Of all that a driver has, stop by stop from where he is. */
const etasOfDriver = async (
  rows: readonly UnderWayRow[],
  heard: Heard | undefined,
  known: ReadonlyMap<string, Known>,
  now: Date,
): Promise<NewEta[]> => {
  const visits = visitsOf(rows)
  const stops: Stop[] = []
  const profile = profileOfVehicle(rows[0]!.vehicleType ?? '')
  for (const [index, visit] of visits.entries()) {
    const travelSeconds =
      index === 0
        ? await toFirst(visit, heard?.at, profile, now)
        : await legSeconds(visits[index - 1]!.place, visit.place, profile)
    stops.push({
      travelSeconds,
      food: visit.type === 'pickup' ? foodOf(visit.row, known.get(visit.row.id)!, now) : null,
    })
  }
  const ranges = alongRoute(stops, known.get(rows[0]!.id)!.ride).map((range) => etaOf(range, now))
  const at = (row: UnderWayRow, type: Visit['type']) =>
    ranges[visits.findIndex((visit) => visit.row === row && visit.type === type)] ?? null
  return rows.map((row) => newEta(row, at(row, 'dropoff')!, at(row, 'pickup')))
}

/** Stop by stop as his route says, whatever it does not know of at its end. */
const visitsOf = (rows: readonly UnderWayRow[]): Visit[] => {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const carried = rows.map(({ id, chefId, deliveryStatus }) => ({
    orderId: id,
    kitchen: chefId,
    isPickedUp: ON_BOARD.has(deliveryStatus!),
  }))
  return stopsLeft(rows[0]!.route ?? [], carried).map(({ type, orderId }) => {
    const row = byId.get(orderId)!
    const [lat, lng] = type === 'pickup' ? [row.pickupLat, row.pickupLng] : [row.dropoffLat, row.dropoffLng]
    return { row, type, place: { lat, lng } }
  })
}

const toFirst = async (
  { row, type, place }: Visit,
  fix: (LatLng & { recordedAt: string }) | undefined,
  profile: Profile,
  now: Date,
) => {
  if (row.deliveryStatus === 'at_pickup' || row.deliveryStatus === 'at_dropoff') return 0
  const ageSeconds = fix ? (now.getTime() - Date.parse(fix.recordedAt)) / 1000 : Number.POSITIVE_INFINITY
  if (fix && ageSeconds <= FIX_AGE_SECONDS_MAX) {
    const seconds = await legSeconds(fix, place, profile)
    return Math.max(0, seconds - Math.min(Math.max(0, ageSeconds), GOES_ON_SECONDS_MAX))
  }
  if (type === 'pickup') return REACH_SECONDS_EXPECTED
  const goneSeconds = row.pickedUpAt ? (now.getTime() - Date.parse(row.pickedUpAt)) / 1000 : 0
  return Math.max(0, kitchenToDoor(row) - goneSeconds)
}

const foodOf = (row: UnderWayRow, { preparation }: Known, now: Date): Food => {
  const since = (instant: string) => Math.max(0, (now.getTime() - Date.parse(instant)) / 1000)
  if (row.status === 'ready_for_pickup') return { isReady: true, sinceSeconds: since(row.readyAt!) }
  const saidSeconds = row.prepSeconds ?? saidOf(row)
  const sinceSeconds = row.acceptedAt === null ? null : since(row.acceptedAt)
  return { isReady: false, sinceSeconds, saidSeconds, preparation }
}

/** Accepted before that was kept, or not accepted yet. */
const saidOf = ({ acceptedAt, readyAt, saidMinutes }: UnderWayRow) =>
  acceptedAt && readyAt ? Math.max(0, (Date.parse(readyAt) - Date.parse(acceptedAt)) / 1000) : saidMinutes * 60

const kitchenToDoor = (row: UnderWayRow) =>
  row.travelSeconds ??
  approximateLeg({ lat: row.pickupLat, lng: row.pickupLng }, { lat: row.dropoffLat, lng: row.dropoffLng })
    .durationSeconds

const newEta = (row: UnderWayRow, dropoff: Eta, pickup: Eta | null): NewEta => ({
  id: row.id,
  status: row.status,
  driverId: row.driverId,
  p50At: dropoff.p50At.toISOString(),
  p90At: dropoff.p90At.toISOString(),
  pickupP50At: pickup?.p50At.toISOString() ?? null,
  pickupP90At: pickup?.p90At.toISOString() ?? null,
})

const LEGS_MAX = 50_000
/** Of the live speeds of roads: how long a way stays as it was. */
const LEG_KEPT_MS = 120_000
/** About eleven metres: who stands still is asked about once. */
const PLACE_DIGITS = 4

const legs = new LRUCache<string, number>({ max: LEGS_MAX, ttl: LEG_KEPT_MS })

const legSeconds = async (from: LatLng, to: LatLng, profile: Profile): Promise<number> => {
  const key = [profile, ...[from.lat, from.lng, to.lat, to.lng].map((one) => one.toFixed(PLACE_DIGITS))].join(' ')
  const kept = legs.get(key)
  if (kept !== undefined) return kept
  const { durationSeconds } = await routing.leg(from, to, profile)
  legs.set(key, durationSeconds)
  return durationSeconds
}

const EVERY_MS = 5_000

const passAll = (now: Date) => {
  runs.inc({ cause: 'time' })
  return updateEtas(now)
}

/** What fixes and the passing of time do, and what events do of a zone that nobody holds just now; by one process of the market. */
export const etasJob: MarketJob = { name: 'etas', per: 'market', everyMs: EVERY_MS, run: passAll }

const SETTLE_MS = 50
const MOVING = /^(order|delivery)\./

/** What events do, at once, of the zones that this process holds: `isOurs`. Returns how to stop. */
export const startEtas = (reader: EventReader, isOurs: (event: StoredEvent) => boolean) => {
  const touched = new Set<string>()
  let timer: ReturnType<typeof setTimeout> | undefined
  let current: Promise<void> = Promise.resolve()

  const run = async () => {
    timer = undefined
    const orderIds = [...touched]
    touched.clear()
    if (database.isAway) return
    runs.inc({ cause: 'event' })
    try {
      await updateEtas(clock.now(), orderIds)
    } catch (error) {
      // The job comes to them a few seconds later.
      if (!database.isAway) log.warn({ err: String(error) }, 'times of orders could not be worked out')
    }
  }
  const onEvents = (events: readonly StoredEvent[]) => {
    for (const event of events) {
      const { type, data } = event
      if (!MOVING.test(type) || type === 'order.eta_changed' || typeof data.orderId !== 'string') continue
      if (!isOurs(event)) continue
      touched.add(data.orderId)
      timer ??= setTimeout(() => {
        current = current.then(run)
      }, SETTLE_MS)
    }
  }
  const unsubscribe = reader.handle(onEvents)
  return async () => {
    unsubscribe()
    clearTimeout(timer)
    await current
  }
}
