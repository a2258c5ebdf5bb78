import type { EventReader } from '#core/events'
import type { Job } from '#core/jobs'
import { forgetCatalogue } from './chefs/catalogue.ts'
import { forgetMenus } from './menus/catalogue.ts'
import { deadlinesJob } from './orders/deadlines.ts'
import { apiSweeps } from './retention.ts'

/** Keeps what is cached of kitchens in step with what is changed in any process. Returns how to stop. */
export const startApi = (reader: EventReader) =>
  reader.handle((events) => {
    for (const { seq, type, data } of events) {
      if (type !== 'chef.changed' && type !== 'menu.changed') continue
      forgetCatalogue()
      forgetMenus(String(data.chefId), seq)
    }
  })

export const apiJobs: readonly Job[] = [deadlinesJob, ...apiSweeps]
