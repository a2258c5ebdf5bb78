import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { Id } from '#core/ids'
import { pageOf } from '#core/pagination'
import { problems } from '#core/problem'
import { signedInAs } from '#core/session'
import * as schema from './schema.ts'
import * as service from './service.ts'

const ZoneRef = z.object({ zoneId: Id })

export const zones = new Elysia({ prefix: '/zones', tags: ['zones'] }).get('/', () => service.listZones(), {
  response: { 200: pageOf(schema.Zone), ...problems(503) },
  detail: { summary: 'Where RideNDine operates' },
})

export const adminZones = new Elysia({ prefix: '/admin/zones', tags: ['admin'] })
  .use(signedInAs('admin'))
  .post('/', async ({ body, status }) => status(201, await service.createZone(body, clock.now())), {
    body: schema.NewZone,
    response: { 201: schema.Zone, ...problems(400, 401, 403, 409, 413, 415, 422, 503) },
    detail: { summary: 'Open a zone' },
  })
  .get('/:zoneId/settings', ({ params }) => service.readSettings(params.zoneId), {
    params: ZoneRef,
    response: { 200: schema.ZoneWithSettings, ...problems(400, 401, 403, 404, 503) },
    detail: { summary: 'Read the settings of a zone' },
  })
  .patch(
    '/:zoneId/settings',
    ({ actor, params, body }) => service.changeSettings(actor, params.zoneId, body, clock.now()),
    {
      params: ZoneRef,
      body: schema.ZoneSettingsChange,
      response: { 200: schema.ZoneWithSettings, ...problems(400, 401, 403, 404, 413, 415, 422, 503) },
      detail: { summary: 'Change settings of a zone, from this moment on' },
    },
  )
