import { clock } from '#core/clock'
import { config } from '#core/config'
import { database } from '#core/database'
import type { Job } from '#core/jobs'
import { log } from '#core/log'
import { positions } from '#core/positions'
import { sweep } from '#core/retention'
import { openCities } from '../roads'
import { applySpeeds } from './apply'
import { gatherFixes } from './gathered-fixes'
import { learnSpeeds } from './learn'
import { threadCrashes } from './metrics'
import { forgetCursors, forgetRecentSpeeds, forgetSpeeds } from './queries'
import { createThread } from './worker-thread'

const LEARN_EVERY_MS = 60_000
const LEARN_TIMEOUT_SECONDS = 55
const APPLY_EVERY_MS = 60_000
/** What was seen at some hour and not again for so long says nothing any more. */
const SPEEDS_KEPT_DAYS = 120
const RECENT_KEPT_DAYS = 1
/** No fix is taken that is so old. */
const CURSORS_KEPT_DAYS = 1

const sweeps: readonly Job[] = [
  sweep({
    name: 'forget-road-speeds',
    keptDays: SPEEDS_KEPT_DAYS,
    deleteSome: (before, limit) => forgetSpeeds(database.sql, before, limit),
  }),
  sweep({
    name: 'forget-recent-road-speeds',
    keptDays: RECENT_KEPT_DAYS,
    deleteSome: (before, limit) => forgetRecentSpeeds(database.sql, before, limit),
  }),
  sweep({
    name: 'forget-road-speed-cursors',
    keptDays: CURSORS_KEPT_DAYS,
    deleteSome: (before, limit) => forgetCursors(database.sql, before, limit),
  }),
]

/** Speeds that follow what drivers show, where there are roads. Returns the jobs that do it and how to stop. */
export const startSpeeds = (): { jobs: readonly Job[]; stop: () => void } => {
  if (!config().LIVE_SPEEDS || openCities().length === 0) return { jobs: [], stop: () => {} }
  const fixes = gatherFixes()
  const thread = createThread(() => threadCrashes.inc())
  const stopHearing = positions.subscribe(fixes.hear)
  const apply = (now: Date) => applySpeeds(thread, now)
  // A process that has just started knows only the map's speeds.
  apply(clock.now()).catch((error: unknown) =>
    log.warn({ err: String(error) }, 'speeds could not be read at the start'),
  )
  return {
    jobs: [
      ...sweeps,
      {
        name: 'learn-road-speeds',
        per: 'market',
        everyMs: LEARN_EVERY_MS,
        timeoutSeconds: LEARN_TIMEOUT_SECONDS,
        run: (now, signal) => learnSpeeds(fixes, thread, now, signal),
      },
      { name: 'apply-road-speeds', per: 'process', everyMs: APPLY_EVERY_MS, run: apply },
    ],
    stop: () => {
      stopHearing()
      thread.stop()
    },
  }
}
