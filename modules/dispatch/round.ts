import { database } from '#core/database'
import { log } from '#core/log'
import { counter, histogram } from '#core/metrics'
import { settingsOfZone, type ZoneSettings } from '#core/zones'
import type { Draft } from './engine/problem.ts'
import type { Fence } from './leases.ts'
import { makeOffer } from './offers.ts'
import { createDemand } from './planning/demand.ts'
import { createIdleShares } from './planning/idle-shares.ts'
import { type Intents, nearestIntents, planIntents } from './planning/intents.ts'
import { PLAN_BUDGET_MS, type Planner } from './planning/planner.ts'
import { gather } from './planning/situation.ts'
import { createTravel } from './planning/travel.ts'
import * as queries from './queries.ts'
import { snapshotOf } from './snapshot.ts'
import { suggestWaiting } from './suggestions.ts'

const ROUND_SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]
const roundSeconds = histogram(
  'dispatch_round_seconds',
  'Time of a dispatch round of one zone',
  [],
  ROUND_SECONDS_BUCKETS,
)
const decisionsMade = counter('dispatch_decisions_total', 'Decisions of dispatch rounds', ['outcome'])
const roundsPlanned = counter(
  'dispatch_rounds_planned_total',
  'Rounds that had drivers to plan with, by whether roads told the travel times or some were estimates',
  ['times'],
)
const roundsCut = counter('dispatch_rounds_cut_total', 'Rounds that took too long and left decisions to the next')

/** What was decided so long ago is decided again, from what is true now. */
const ROUND_MS_MAX = 4_000

/** What is remembered of an order that is not looked at any more goes after so long. */
const LOOKED_KEPT_MS = 60_000

/** What rounds of one zone remember: only what may be lost. */
export const createMemory = () => ({
  travel: createTravel(),
  demand: createDemand(),
  idleShares: createIdleShares(),
  drafts: [] as readonly Draft[],
  /** By order: when a round last found nobody for it. */
  lookedAt: new Map<string, number>(),
  /** When it was last looked whether idle drivers had better wait elsewhere, while nothing was to be dispatched. */
  quietLookMs: Number.NEGATIVE_INFINITY,
})

export type RoundOptions = { fence: Fence; planner: Planner; memory: ReturnType<typeof createMemory> }

/** One round in a zone that this process holds: snapshot, plan, offers. Throws a FencedError when it is another's now. */
export const runRound = async (options: RoundOptions, now: Date) => {
  const { zoneId } = options.fence
  const startedMs = performance.now()
  const settings = await settingsOfZone(database.sql, zoneId)
  if (!settings) return
  const { lookedAt } = options.memory
  for (const [orderId, ms] of lookedAt) if (startedMs - ms > LOOKED_KEPT_MS) lookedAt.delete(orderId)
  const rows = await queries.findOpenDeliveries(database.sql, zoneId, now, lookedAt)
  if (rows.length > 0 || isTimeToSuggest(options, settings)) {
    const intents = await intentsOf(options, settings, rows, now)
    for (const { orderId, outcome } of intents.unasked) if (outcome === 'no_driver') lookedAt.set(orderId, startedMs)
    await carryOut(options.fence, intents, startedMs, now)
  }
  roundSeconds.observe((performance.now() - startedMs) / 1_000)
}

/** Without an order there is no hurry. */
const QUIET_LOOK_MS = 15_000

const isTimeToSuggest = ({ memory }: RoundOptions, { suggestsWaiting, dispatchPolicy }: ZoneSettings): boolean => {
  const isTime = performance.now() - memory.quietLookMs >= QUIET_LOOK_MS
  if (!isTime || !suggestsWaiting || dispatchPolicy !== 'optimiser') return false
  memory.quietLookMs = performance.now()
  return true
}

type Rows = readonly queries.OpenDeliveryRow[]

const intentsOf = async (options: RoundOptions, settings: ZoneSettings, rows: Rows, now: Date): Promise<Intents> => {
  if (settings.dispatchPolicy === 'nearest-driver') return byNearest(options, settings, rows, now)
  try {
    return await byOptimiser(options, settings, rows, now)
  } catch (error) {
    if (database.isAway) throw error
    // Simple enough to be always right; and what was remembered may have been the fault.
    options.memory.drafts = []
    log.error({ err: String(error) }, 'a round goes on with the nearest drivers')
    return byNearest(options, settings, rows, now)
  }
}

const byNearest = async ({ fence, planner }: RoundOptions, settings: ZoneSettings, rows: Rows, now: Date) => {
  const snapshot = await snapshotOf(rows, settings, now)
  const decisions = await planner.plan({ policy: 'nearest-driver', snapshot, budgetMs: PLAN_BUDGET_MS })
  const isApproximate = snapshot.isApproximate ?? false
  countTimes(isApproximate, snapshot.drivers.length)
  return nearestIntents(decisions, { zoneId: fence.zoneId, settings, rows, now, isApproximate })
}

const byOptimiser = async (options: RoundOptions, settings: ZoneSettings, rows: Rows, now: Date) => {
  const { fence, planner, memory } = options
  const gathered = await gather({ zoneId: fence.zoneId, rows, settings, now }, memory)
  const situation = { ...gathered.situation, previous: stillPossible(memory.drafts, rows) }
  const plan = await planner.plan({ policy: 'optimiser', situation, budgetMs: PLAN_BUDGET_MS })
  memory.drafts = plan.drafts
  const { isApproximate } = gathered
  countTimes(isApproximate, gathered.situation.drivers.length)
  return planIntents(plan, gathered, { zoneId: fence.zoneId, settings, rows, now, isApproximate })
}

/** Where there is nobody, nothing was asked. */
const countTimes = (isApproximate: boolean, driverCount: number) => {
  if (driverCount > 0) roundsPlanned.inc({ times: isApproximate ? 'estimates' : 'roads' })
}

/** Without those that a driver has declined since. */
const stillPossible = (drafts: readonly Draft[], rows: Rows): Draft[] => {
  const excluded = new Map(rows.map((row) => [row.orderId, row.excludedDriverIds]))
  return drafts.filter(
    ({ driverId, trips }) =>
      !trips.some(({ orderIds }) => orderIds.some((id) => excluded.get(id)?.includes(driverId) ?? false)),
  )
}

/** Each offer by itself, guarded by what must still be true; then, in one statement, those for whom nobody is asked. */
const carryOut = async (fence: Fence, { offers, unasked, moves }: Intents, startedMs: number, now: Date) => {
  for (const { offer, decisions } of offers) {
    if (performance.now() - startedMs > ROUND_MS_MAX) {
      roundsCut.inc()
      log.warn({ zoneId: fence.zoneId, offers: offers.length }, 'a round took too long: the rest is left to the next')
      return
    }
    const made = await makeOffer(offer, decisions, fence, now)
    decisionsMade.inc({ outcome: made ? 'offered' : 'overtaken' }, decisions.length)
  }
  await suggestWaiting(moves, fence, now)
  if (unasked.length === 0) return
  for (const { outcome } of unasked) decisionsMade.inc({ outcome })
  await queries.insertUnasked(database.sql, unasked, fence)
}
