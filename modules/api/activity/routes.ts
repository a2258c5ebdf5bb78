import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { Id } from '#core/ids'
import { problems } from '#core/problem'
import { signedInAs } from '#core/session'
import * as schema from './schema.ts'
import * as service from './service.ts'

const ZoneRef = z.object({ zoneId: Id })
const description =
  'Time on duty, with an order and idle, and what was earned for an hour of it. The last seven days unless told otherwise.'

export const activity = new Elysia({ prefix: '/drivers', tags: ['drivers'] })
  .use(signedInAs('driver'))
  .get('/activity', ({ actor, query }) => service.myActivity(actor, query, clock.now()), {
    query: schema.Period,
    response: { 200: schema.Activity, ...problems(400, 401, 403, 404, 422, 503) },
    detail: { summary: 'My hours, and what they brought me', description },
  })

export const adminActivity = new Elysia({ prefix: '/admin/zones', tags: ['admin'] })
  .use(signedInAs('admin'))
  .get('/:zoneId/activity', ({ params, query }) => service.zoneActivity(params.zoneId, query, clock.now()), {
    params: ZoneRef,
    query: schema.ZonePeriod,
    response: { 200: schema.ZoneActivity, ...problems(400, 401, 403, 404, 422, 503) },
    detail: { summary: 'Hours and earnings of the drivers of a zone', description },
  })
