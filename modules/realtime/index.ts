import { onDeletions } from '#core/deleted-accounts'
import type { EventReader } from '#core/events'
import type { Job } from '#core/jobs'
import { createHub } from './hub.ts'
import { startPositions } from './positions.ts'
import { realtimeRoutes } from './socket.ts'
import { forgetTickets } from './tickets.ts'

export { socketLimits } from './socket.ts'

/** Sockets of this process, fed by the event reader once started. */
export const createRealtime = (reader: EventReader) => {
  const hub = createHub(reader)
  const { routes, closeOf, closeAll } = realtimeRoutes(hub)
  return {
    routes,
    start: async () => {
      const stops = [hub.start(), await startPositions(hub, reader), onDeletions(reader, closeOf)]
      return () => {
        for (const stop of stops) stop()
      }
    },
    closeAll,
  }
}

export const realtimeJobs: readonly Job[] = [
  { name: 'forget-tickets', per: 'market', everyMs: 60_000, run: forgetTickets },
]
