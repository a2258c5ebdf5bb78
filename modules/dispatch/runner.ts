import { config } from '#core/config'
import { database } from '#core/database'
import type { EventReader, StoredEvent } from '#core/events'
import type { Job } from '#core/jobs'
import { sweep } from '#core/retention'
import { startBelieving } from './believed.ts'
import { postUntaken } from './board.ts'
import { learnTimesJob } from './eta-history.ts'
import { etasJob, startEtas } from './eta-updates.ts'
import { watchKitchens } from './late-kitchens.ts'
import { createLeases, type Fence } from './leases.ts'
import { expireOffers } from './offers.ts'
import { createPlanner } from './planning/planner.ts'
import { forgetDecisions } from './queries.ts'
import { watchDrivers } from './watch.ts'
import { startZoneLoop, type ZoneLoop } from './zone-loop.ts'

/** What may give a round something to do before its time. */
const WAKING_EVENTS = new Set([
  'order.accepted',
  'order.ready',
  'order.delivered',
  'delivery.unassigned',
  'delivery.released',
  'driver.availability_changed',
])

const ZONE_TOPIC = 'zone:'

/** Takes this process' share of the zones, runs their rounds and keeps the times of their orders. Returns how to stop: others take over at once. */
export const startDispatch = (reader: EventReader) => {
  const planner = createPlanner()
  const loops = new Map<string, ZoneLoop>()
  /** Of zones that are given away, until their last round has ended. */
  const ending = new Map<string, Promise<void>>()

  const end = (zoneId: string, loop: ZoneLoop) => {
    loops.delete(zoneId)
    const ended = loop.stop().finally(() => {
      if (ending.get(zoneId) === ended) ending.delete(zoneId)
    })
    ending.set(zoneId, ended)
  }

  const hold = (held: readonly Fence[]) => {
    const tokens = new Map(held.map(({ zoneId, token }) => [zoneId, token]))
    for (const [zoneId, loop] of loops) if (tokens.get(zoneId) !== loop.fence.token) end(zoneId, loop)
    for (const fence of held) {
      if (!loops.has(fence.zoneId)) loops.set(fence.zoneId, startZoneLoop(fence, planner, leases.wake))
    }
  }

  const leases = createLeases({
    pins: config().DISPATCH_ZONES,
    onChange: hold,
    settled: async (zoneId) => ending.get(zoneId),
  })

  const stopBelieving = startBelieving()
  const unsubscribe = reader.handle((events) => {
    const waking = events.filter(({ type }) => WAKING_EVENTS.has(type))
    for (const [zoneId, loop] of loops) if (waking.some((event) => concerns(event, zoneId))) loop.wake()
  })

  const stopEtas = startEtas(reader, (event) => zonesOf(event).every((zoneId) => loops.has(zoneId)))

  return async () => {
    unsubscribe()
    stopBelieving()
    await stopEtas()
    await leases.stop()
    planner.stop()
  }
}

/** Of a driver nobody knows here in which zone he is. */
const concerns = (event: StoredEvent, zoneId: string) => {
  const zoneIds = zonesOf(event)
  return zoneIds.length === 0 || zoneIds.includes(zoneId)
}

const zonesOf = ({ topics }: StoredEvent) =>
  topics.flatMap((topic) => (topic.startsWith(ZONE_TOPIC) ? topic.slice(ZONE_TOPIC.length) : []))

const DECISIONS_KEPT_DAYS = 30
const EXPIRY_EVERY_MS = 1_000
const WATCH_EVERY_MS = 2_000
const BOARD_EVERY_MS = 2_000

export const dispatchJobs: readonly Job[] = [
  {
    name: 'offer-expiry',
    per: 'market',
    everyMs: EXPIRY_EVERY_MS,
    // An offer ends also while nobody holds its zone: it is closed by the state that it is in, by whoever comes first.
    run: expireOffers,
  },
  { name: 'board', per: 'market', everyMs: BOARD_EVERY_MS, run: postUntaken },
  { name: 'watch-drivers', per: 'market', everyMs: WATCH_EVERY_MS, run: watchDrivers },
  { name: 'watch-kitchens', per: 'market', everyMs: WATCH_EVERY_MS, run: watchKitchens },
  sweep({
    name: 'forget-decisions',
    keptDays: DECISIONS_KEPT_DAYS,
    deleteSome: (before, limit) => forgetDecisions(database.sql, before, limit),
  }),
  etasJob,
  learnTimesJob,
]
