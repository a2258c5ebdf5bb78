import { clock } from '#core/clock'
import { config } from '#core/config'
import { database } from '#core/database'
import { log } from '#core/log'
import { inSpan } from '#core/tracing'
import { type Fence, FencedError } from './leases.ts'
import type { Planner } from './planning/planner.ts'
import { createMemory, runRound } from './round.ts'

/** Several events come together; they are answered by one round. */
const SETTLE_MS = 20

/** Rounds of one zone, one at a time: every few seconds, and sooner when woken. */
export const startZoneLoop = (fence: Fence, planner: Planner, onFenced: () => void) => {
  const options = { fence, planner, memory: createMemory() }
  let timer: ReturnType<typeof setTimeout> | undefined
  let current: Promise<void> | undefined
  let isStopped = false
  let wokenMeanwhile = false

  const schedule = (ms: number) => {
    clearTimeout(timer)
    if (!isStopped) timer = setTimeout(start, ms)
  }

  const start = () => {
    current = round().finally(() => {
      current = undefined
      schedule(wokenMeanwhile ? SETTLE_MS : config().DISPATCH_ROUND_MS)
      wokenMeanwhile = false
    })
  }

  const round = async () => {
    if (database.isAway) return
    try {
      await inSpan('dispatch round', {}, () => runRound(options, clock.now()))
    } catch (error) {
      if (error instanceof FencedError) return onFenced()
      // The next round starts from the database again; nothing is kept here that could be lost.
      if (!database.isAway)
        log.error({ err: error instanceof Error ? error.stack : String(error) }, 'dispatch round failed')
    }
  }

  schedule(SETTLE_MS)
  return {
    fence,
    wake: () => {
      if (current) wokenMeanwhile = true
      else schedule(SETTLE_MS)
    },
    /** Done when the round under way has ended. */
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await current
    },
  }
}

export type ZoneLoop = ReturnType<typeof startZoneLoop>
