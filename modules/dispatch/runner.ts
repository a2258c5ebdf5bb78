import { clock } from '#core/clock'
import { config } from '#core/config'
import { database } from '#core/database'
import type { EventReader } from '#core/events'
import type { Job } from '#core/jobs'
import { log } from '#core/log'
import { sweep } from '#core/retention'
import { inSpan } from '#core/tracing'
import { expireOffers } from './offers.ts'
import { forgetDecisions } from './queries.ts'
import { runRounds } from './round.ts'

/** What may give a round something to do before its time. */
const WAKING_EVENTS = new Set([
  'order.accepted',
  'order.ready',
  'order.delivered',
  'delivery.unassigned',
  'driver.availability_changed',
])

/** Several events come together; they are answered by one round. */
const SETTLE_MS = 20

/** Runs rounds every few seconds, and sooner on an event that matters. One at a time. Returns how to stop. */
export const startDispatch = (reader: EventReader) => {
  let timer: ReturnType<typeof setTimeout> | undefined
  let current: Promise<void> | undefined
  let stopped = false
  let wokenMeanwhile = false

  const schedule = (ms: number) => {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(start, ms)
  }

  const start = () => {
    current = round().finally(() => {
      current = undefined
      schedule(wokenMeanwhile ? SETTLE_MS : config().DISPATCH_ROUND_MS)
      wokenMeanwhile = false
    })
  }

  const unsubscribe = reader.handle((events) => {
    if (!events.some(({ type }) => WAKING_EVENTS.has(type))) return
    if (current) wokenMeanwhile = true
    else schedule(SETTLE_MS)
  })

  schedule(SETTLE_MS)
  return async () => {
    stopped = true
    unsubscribe()
    clearTimeout(timer)
    await current
  }
}

const round = async () => {
  if (database.isAway) return
  try {
    await inSpan('dispatch round', {}, () => runRounds(clock.now()))
  } catch (error) {
    // The next round starts from the database again; nothing is kept here that could be lost.
    if (!database.isAway)
      log.error({ err: error instanceof Error ? error.stack : String(error) }, 'dispatch round failed')
  }
}

const DECISIONS_KEPT_DAYS = 30
const EXPIRY_EVERY_MS = 1_000

export const dispatchJobs: readonly Job[] = [
  { name: 'offer-expiry', per: 'market', everyMs: EXPIRY_EVERY_MS, run: expireOffers },
  sweep({
    name: 'forget-decisions',
    keptDays: DECISIONS_KEPT_DAYS,
    deleteSome: (before, limit) => forgetDecisions(database.sql, before, limit),
  }),
]
