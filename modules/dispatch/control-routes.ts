import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { Id } from '#core/ids'
import { problems } from '#core/problem'
import { signedInAs } from '#core/session'
import * as control from './control.ts'
import * as schema from './control-schema.ts'
import { Route } from './schema.ts'

const DriverRef = z.object({ driverId: Id })
const refusals = problems(400, 401, 403, 404, 409, 413, 415, 422, 503)

/** What operators do by hand. Every one is kept as a decision. */
export const controlRoutes = new Elysia({ prefix: '/dispatch', tags: ['dispatch'] })
  .use(signedInAs('admin'))
  .post('/unassign', ({ actor, body }) => control.unassign(actor, body, clock.now()), {
    body: schema.OrderAndReason,
    response: { 200: schema.Handled, ...refusals },
    detail: { summary: 'Take an order from the driver who has it or is asked; another is sought' },
  })
  .post('/hold', ({ actor, body }) => control.hold(actor, body, clock.now()), {
    body: schema.OrderAndReason,
    response: { 200: schema.Handled, ...refusals },
    detail: { summary: 'Keep an order back: no driver is sought until it is released' },
  })
  .post('/release', ({ actor, body }) => control.release(actor, body.orderId, clock.now()), {
    body: schema.OrderOnly,
    response: { 200: schema.Handled, ...refusals },
    detail: { summary: 'Seek a driver again for an order that was kept back' },
  })
  .post('/block', ({ actor, body }) => control.block(actor, body, clock.now()), {
    body: schema.PairAndReason,
    response: { 200: schema.Handled, ...refusals },
    detail: { summary: 'Keep a driver from an order; taken from him if he has not picked it up' },
  })
  .post('/unblock', ({ actor, body }) => control.unblock(actor, body, clock.now()), {
    body: schema.Pair,
    response: { 200: schema.Handled, ...refusals },
    detail: { summary: 'Let a driver have an order again' },
  })
  .get('/drivers/:driverId/route', ({ params }) => control.routeOfDriver(params.driverId, clock.now()), {
    params: DriverRef,
    response: { 200: Route, ...problems(400, 401, 403, 404, 503) },
    detail: { summary: "A driver's stops, in order" },
  })
  .patch(
    '/drivers/:driverId/route',
    ({ actor, params, body }) => control.changeRoute(actor, params.driverId, body, clock.now()),
    {
      params: DriverRef,
      body: schema.RouteChange,
      response: { 200: Route, ...refusals },
      detail: { summary: "Put a driver's stops in another order" },
    },
  )
  .get('/drivers/:driverId', ({ params }) => control.driverSettings(params.driverId), {
    params: DriverRef,
    response: { 200: schema.DriverSettings, ...problems(400, 401, 403, 404, 503) },
    detail: { summary: 'What dispatch knows of a driver: employed, capacity, how often he accepts' },
  })
  .patch('/drivers/:driverId', ({ params, body }) => control.changeDriverSettings(params.driverId, body), {
    params: DriverRef,
    body: schema.DriverSettingsChange,
    response: { 200: schema.DriverSettings, ...refusals },
    detail: { summary: 'Whether a driver is employed, and how many orders he takes at once' },
  })
