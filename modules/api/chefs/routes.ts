import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { jsonText } from '#core/http'
import { Id } from '#core/ids'
import { pageOf } from '#core/pagination'
import { problems } from '#core/problem'
import { maybeSignedIn, signedInAs } from '#core/session'
import * as schema from './schema.ts'
import * as service from './service.ts'

const ChefRef = z.object({ chefId: Id })

const publicChefs = new Elysia()
  .use(maybeSignedIn)
  .get('/', async ({ query, set }) => jsonText(set, await service.searchChefs(query)), {
    query: schema.ChefSearch,
    response: { 200: pageOf(schema.FoundChef), ...problems(400, 401, 422, 503) },
    detail: { summary: 'Find kitchens near a point' },
  })
  .get('/:chefId', ({ viewer, params }) => service.getChef(viewer, params.chefId, clock.now()), {
    params: ChefRef,
    response: { 200: schema.Chef, ...problems(400, 401, 404, 503) },
    detail: { summary: 'Read one kitchen' },
  })

const ownChefs = new Elysia()
  .use(signedInAs('chef'))
  .get('/me', ({ actor }) => service.getOwnChef(actor, clock.now()), {
    response: { 200: schema.OwnChef, ...problems(401, 403, 404, 503) },
    detail: { summary: 'Read my kitchen' },
  })
  .post('/', async ({ actor, body, status }) => status(201, await service.applyAsChef(actor, body, clock.now())), {
    body: schema.NewChef,
    response: { 201: schema.OwnChef, ...problems(400, 401, 403, 409, 413, 415, 422, 429, 503) },
    detail: { summary: 'Apply with a kitchen; an admin verifies it' },
  })

const managedChefs = new Elysia()
  .use(signedInAs('chef', 'admin'))
  .patch('/:chefId', ({ actor, params, body }) => service.changeChef(actor, params.chefId, body, clock.now()), {
    params: ChefRef,
    body: schema.ChefChange,
    response: { 200: schema.OwnChef, ...problems(400, 401, 403, 404, 413, 415, 422, 429, 503) },
    detail: { summary: 'Change a kitchen: profile, place, hours, vacation' },
  })

export const chefs = new Elysia({ prefix: '/chefs', tags: ['chefs'] }).use(ownChefs).use(publicChefs).use(managedChefs)

export const adminChefs = new Elysia({ prefix: '/admin/chefs', tags: ['admin'] })
  .use(signedInAs('admin'))
  .get('/', ({ query }) => service.listChefs(query, clock.now()), {
    query: schema.VerificationList,
    response: { 200: pageOf(schema.OwnChef), ...problems(400, 401, 403, 422, 503) },
    detail: { summary: 'Kitchens of any state, the newest first' },
  })
  .patch(
    '/:chefId/verify',
    ({ params, body }) => service.verifyChef(params.chefId, schema.verificationOf(body), clock.now()),
    {
      params: ChefRef,
      body: schema.Verification,
      response: { 200: schema.OwnChef, ...problems(400, 401, 403, 404, 413, 415, 422, 503) },
      detail: { summary: 'Approve, reject or suspend a kitchen' },
    },
  )
