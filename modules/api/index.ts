import { database } from '#core/database'
import type { EventReader } from '#core/events'
import { forgetOldKeys } from '#core/idempotency'
import type { Job } from '#core/jobs'
import { forgetCatalogue } from './chefs/catalogue.ts'
import { forgetMenus } from './menus/catalogue.ts'
import { deadlinesJob } from './orders/deadlines.ts'
import { forgetQuotes } from './quotes/queries.ts'

/** Keeps what is cached of kitchens in step with what is changed in any process. Returns how to stop. */
export const startApi = (reader: EventReader) =>
  reader.handle((events) => {
    for (const { seq, type, data } of events) {
      if (type !== 'chef.changed' && type !== 'menu.changed') continue
      forgetCatalogue()
      forgetMenus(String(data.chefId), seq)
    }
  })

const HOUR_MS = 3_600_000
const QUOTES_KEPT_MS = 24 * HOUR_MS

export const apiJobs: readonly Job[] = [
  deadlinesJob,
  { name: 'forget-idempotency-keys', everyMs: HOUR_MS, run: forgetOldKeys },
  {
    name: 'forget-quotes',
    everyMs: HOUR_MS,
    run: (now) => forgetQuotes(database.sql, new Date(now.getTime() - QUOTES_KEPT_MS)),
  },
]
