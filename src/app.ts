import { Elysia } from 'elysia'
import { backupMetrics } from '#core/backup/metrics'
import { config } from '#core/config'
import { followDeletions } from '#core/deleted-accounts'
import { events } from '#core/events'
import { healthRoutes, healthText } from '#core/health'
import { http, shortcut } from '#core/http'
import { type Job, type Queue, startJobs } from '#core/jobs'
import { mailer, mailQueue } from '#core/mail'
import { databaseMetrics, marketMetrics } from '#core/market-metrics'
import { openApi } from '#core/openapi'
import { loadPositions, positionsJob } from '#core/positions'
import { processMetrics } from '#core/process-metrics'
import { faceRoutes } from '#core/remote-routes'
import { retentionJobs } from '#core/retention'
import type { Route } from '#core/route-templates'
import { shareStores } from '#core/shared'
import { apiJobs, startApi } from '#modules/api/index'
import { api } from '#modules/api/routes'
import { controlRoutes } from '#modules/dispatch/control-routes'
import { dispatchFace } from '#modules/dispatch/index'
import { dispatchRoutes } from '#modules/dispatch/routes'
import { dispatchJobs, startDispatch } from '#modules/dispatch/runner'
import { createRealtime, realtimeJobs, socketLimits } from '#modules/realtime/index'
import { routingFace } from '#modules/routing/index'
import { openRoads } from '#modules/routing/roads'
import { routingRoutes } from '#modules/routing/routes'
import { startSpeeds } from '#modules/routing/speeds/runner'

/** The table of contents: what every request passes, then one module after the other. */
export const createApp = () => {
  const { MODULES, DATABASE_POOL_MAX, ROADS } = config()
  const has = (name: (typeof MODULES)[number]) => MODULES.includes(name)
  const realtime = has('realtime') ? createRealtime(events) : undefined

  const serve = {
    // Bun's own limit would answer 413 without a problem or a request id: core/request-body bounds every body instead.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    routes: {
      '/health': { GET: shortcut('/health', healthText, (request): Promise<Response> => app.handle(request)) },
    },
  }
  const app = new Elysia({ name: 'ridendine', serve, websocket: socketLimits })
    .use(http((): readonly Route[] => app.routes))
    .use(healthRoutes)
    .use(openApi())
  if (has('api')) app.use(api)
  if (has('dispatch')) app.use(dispatchRoutes).use(controlRoutes).use(faceRoutes(dispatchFace))
  if (has('routing')) app.use(routingRoutes).use(faceRoutes(routingFace))
  if (realtime) app.use(realtime.routes)

  /** Starts what runs beside the requests; the stores must be open. Returns how to stop it. Throws a RoadsFileError. */
  const start = async () => {
    if (has('routing')) openRoads(ROADS)
    await loadPositions()
    await events.start()
    processMetrics(MODULES)
    databaseMetrics(DATABASE_POOL_MAX)
    backupMetrics()
    // Two kinds of process tell them, so that they are seen when one kind is down; more would only ask for the same.
    if (has('api') || has('dispatch')) marketMetrics()
    const stops: (() => unknown)[] = [await shareStores(config()), await followDeletions(events)]
    const jobs: Job[] = []
    const queues: Queue[] = []
    if (has('api')) {
      stops.push(startApi(events))
      jobs.push(...apiJobs, ...retentionJobs, positionsJob)
      queues.push(mailQueue(mailer()))
    }
    if (realtime) {
      stops.push(await realtime.start())
      jobs.push(...realtimeJobs)
    }
    if (has('dispatch')) {
      stops.push(startDispatch(events))
      jobs.push(...dispatchJobs)
    }
    const speeds = has('routing') ? startSpeeds() : undefined
    jobs.push(...(speeds?.jobs ?? []))
    const stopJobs = startJobs(jobs, queues)
    // Some of the jobs ask the thread of speeds.
    stops.push(async () => {
      await stopJobs()
      speeds?.stop()
    })
    return async () => {
      await Promise.all(stops.map((stop) => stop()))
      await events.stop()
    }
  }

  return { app, start, closeSockets: () => realtime?.closeAll() }
}
