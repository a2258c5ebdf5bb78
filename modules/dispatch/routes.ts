import { Elysia } from 'elysia'
import { clock } from '#core/clock'
import { problems } from '#core/problem'
import { signedInAs } from '#core/session'
import * as decisions from './decisions.ts'
import * as operate from './operate.ts'
import * as schema from './schema.ts'

export const dispatchRoutes = new Elysia({ prefix: '/dispatch', tags: ['dispatch'] })
  .use(signedInAs('admin'))
  .post('/assign', ({ actor, body }) => operate.assign(actor, body, clock.now()), {
    body: schema.AssignRequest,
    response: { 200: schema.Assignment, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
    detail: { summary: 'Give an order to a driver by hand, or to the best one' },
  })
  .get('/available-drivers', ({ query }) => operate.nearbyDrivers(query, clock.now()), {
    query: schema.NearbyQuery,
    response: { 200: schema.NearbyDrivers, ...problems(400, 401, 403, 422, 503) },
    detail: { summary: 'Free drivers near a point, the nearest first' },
  })
  .get('/decisions', ({ query }) => decisions.decisionsOf(query.orderId), {
    query: decisions.DecisionsQuery,
    response: { 200: decisions.Decisions, ...problems(400, 401, 403, 422, 503) },
    detail: {
      summary: 'Why dispatch decided as it did for an order, the newest first',
      description:
        'The candidates of each round with what they would have cost, term by term, and why the others lost. Kept for 30 days.',
    },
  })
