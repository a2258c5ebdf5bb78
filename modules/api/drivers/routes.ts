import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { Id } from '#core/ids'
import { pageOf } from '#core/pagination'
import { problems } from '#core/problem'
import { signedInAs } from '#core/session'
import { Board, Claim, DeclineRequest, dispatch, Offer, OfferList, Route } from '#modules/dispatch/index'
import { Verification, VerificationList, verificationOf } from '../chefs/schema.ts'
import * as schema from './schema.ts'
import * as service from './service.ts'

const OfferRef = z.object({ offerId: Id })

export const drivers = new Elysia({ prefix: '/drivers', tags: ['drivers'] })
  .use(signedInAs('driver'))
  .post(
    '/register',
    async ({ actor, body, status }) => status(201, await service.registerDriver(actor, body, clock.now())),
    {
      body: schema.NewDriver,
      response: { 201: schema.Driver, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
      detail: { summary: 'Apply as a driver; an admin verifies it' },
    },
  )
  .get('/profile', ({ actor }) => service.getProfile(actor), {
    response: { 200: schema.Driver, ...problems(401, 403, 404, 503) },
    detail: { summary: 'Read my driver profile' },
  })
  .patch('/profile', ({ actor, body }) => service.changeProfile(actor, body), {
    body: schema.DriverChange,
    response: { 200: schema.Driver, ...problems(400, 401, 403, 404, 413, 415, 422, 503) },
    detail: { summary: 'Change my vehicle' },
  })
  .patch('/availability', ({ actor, body }) => service.setAvailability(actor, body, clock.now()), {
    body: schema.Availability,
    response: { 200: schema.Driver, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
    detail: {
      summary: 'Begin or stop to take offers',
      description: 'With `until`, when I go home: I am asked for nothing that I would collect later.',
    },
  })
  .post('/location', ({ actor, body }) => service.recordFix(actor, body, clock.now()), {
    body: schema.FixInput,
    response: { 200: schema.FixReceipt, ...problems(400, 401, 403, 404, 413, 415, 422, 503) },
    detail: { summary: 'Tell where I am' },
  })
  .get('/offers', ({ actor }) => dispatch.listOffers(actor, clock.now()), {
    response: { 200: OfferList, ...problems(401, 403, 503) },
    detail: { summary: 'What is offered to me now' },
  })
  .post('/offers/:offerId/accept', ({ actor, params }) => dispatch.acceptOffer(actor, params.offerId, clock.now()), {
    params: OfferRef,
    response: { 200: Offer, ...problems(400, 401, 403, 404, 409, 503) },
    detail: { summary: 'Take an offer' },
  })
  .post(
    '/offers/:offerId/decline',
    ({ actor, params, body }) => dispatch.declineOffer(actor, params.offerId, body?.reason ?? null, clock.now()),
    {
      params: OfferRef,
      body: DeclineRequest,
      response: { 200: Offer, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
      detail: { summary: 'Refuse an offer; the next driver is asked' },
    },
  )
  .get('/board', ({ actor }) => dispatch.listBoard(actor, clock.now()), {
    response: { 200: Board, ...problems(401, 403, 503) },
    detail: { summary: 'Orders that any driver may take, the nearest first' },
  })
  .post('/board/:orderId/claim', ({ actor, params }) => dispatch.claimOrder(actor, params.orderId, clock.now()), {
    params: z.object({ orderId: Id }),
    response: { 200: Claim, ...problems(400, 401, 403, 404, 409, 503) },
    detail: { summary: 'Take an order from the board; the first has it' },
  })
  .get('/suggestion', ({ actor }) => service.getSuggestion(actor, clock.now()), {
    response: { 200: schema.Suggestion, ...problems(401, 403, 404, 503) },
    detail: {
      summary: 'Where I had better wait',
      description:
        'While I am on duty with nothing to do, where the zone suggests it. Advice for ten minutes; nothing follows from not going.',
    },
  })
  .get('/route', ({ actor }) => dispatch.driverRoute(actor, clock.now()), {
    response: { 200: Route, ...problems(401, 403, 503) },
    detail: { summary: 'My stops, in order' },
  })

export const adminDrivers = new Elysia({ prefix: '/admin/drivers', tags: ['admin'] })
  .use(signedInAs('admin'))
  .get('/', ({ query }) => service.listDrivers(query), {
    query: VerificationList,
    response: { 200: pageOf(schema.Driver), ...problems(400, 401, 403, 422, 503) },
    detail: { summary: 'Drivers of any state, the newest first' },
  })
  .patch(
    '/:driverId/verify',
    ({ params, body }) => service.verifyDriver(params.driverId, verificationOf(body), clock.now()),
    {
      params: z.object({ driverId: Id }),
      body: Verification,
      response: { 200: schema.Driver, ...problems(400, 401, 403, 404, 413, 415, 422, 503) },
      detail: { summary: 'Approve, reject or suspend a driver' },
    },
  )
