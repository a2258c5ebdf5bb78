import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { problems } from '#core/problem'
import { clientAddress, signedIn } from '#core/session'
import * as schema from './schema.ts'
import * as service from './service.ts'

const Nothing = z.undefined()

export const auth = new Elysia({ prefix: '/auth', tags: ['identity'] })
  .post(
    '/register',
    async ({ body, request, server, status }) =>
      status(201, await service.register(body, clientAddress(request, server), clock.now())),
    {
      body: schema.Registration,
      response: { 201: schema.Session, ...problems(400, 409, 413, 415, 422, 429, 503) },
      detail: { summary: 'Open an account and sign in' },
    },
  )
  .post('/login', ({ body, request, server }) => service.login(body, clientAddress(request, server), clock.now()), {
    body: schema.Credentials,
    response: { 200: schema.Session, ...problems(400, 401, 413, 415, 422, 429, 503) },
    detail: { summary: 'Sign in' },
  })
  .post('/refresh', ({ body }) => service.refresh(body.refreshToken, clock.now()), {
    body: schema.RefreshRequest,
    response: { 200: schema.Tokens, ...problems(400, 401, 413, 415, 422, 503) },
    detail: {
      summary: 'Change a refresh token for a new pair',
      description: 'A refresh token works once. Using one again ends every session that came from the same sign-in.',
    },
  })
  .post(
    '/logout',
    async ({ body, set }) => {
      await service.logout(body.refreshToken, clock.now())
      set.status = 204
    },
    {
      body: schema.RefreshRequest,
      response: { 204: Nothing, ...problems(400, 413, 415, 422, 503) },
      detail: { summary: 'End the session of a refresh token' },
    },
  )
  .post(
    '/verify-email',
    async ({ body, set }) => {
      await service.verifyEmail(body.token, clock.now())
      set.status = 204
    },
    {
      body: schema.EmailTokenRequest,
      response: { 204: Nothing, ...problems(400, 413, 415, 422, 503) },
      detail: { summary: 'Confirm an email by the token that was sent to it' },
    },
  )
  .post(
    '/forgot-password',
    async ({ body, set }) => {
      await service.forgotPassword(body.email, clock.now())
      set.status = 202
    },
    {
      body: schema.ForgotPassword,
      response: { 202: Nothing, ...problems(400, 413, 415, 422, 429, 503) },
      detail: { summary: 'Send a link for a new password, if there is such an account' },
    },
  )
  .post(
    '/reset-password',
    async ({ body, set }) => {
      await service.resetPassword(body.token, body.password, clock.now())
      set.status = 204
    },
    {
      body: schema.ResetPassword,
      response: { 204: Nothing, ...problems(400, 413, 415, 422, 503) },
      detail: { summary: 'Set a new password by the token that was sent; ends all sessions' },
    },
  )

export const users = new Elysia({ prefix: '/users', tags: ['identity'] })
  .use(signedIn)
  .get('/me', ({ actor }) => service.getMe(actor), {
    response: { 200: schema.User, ...problems(401, 404, 503) },
    detail: { summary: 'Read my account' },
  })
  .patch('/me', ({ actor, body }) => service.changeMe(actor, body), {
    body: schema.UserChange,
    response: { 200: schema.User, ...problems(400, 401, 404, 413, 415, 422, 503) },
    detail: { summary: 'Change my account' },
  })
  .get('/me/export', ({ actor }) => service.exportMe(actor, clock.now()), {
    response: { 200: schema.PersonalData, ...problems(401, 404, 503) },
    detail: { summary: 'Everything kept about me' },
  })
  .delete('/me', ({ actor }) => service.deleteMe(actor, clock.now()), {
    response: { 200: schema.PersonalData, ...problems(401, 404, 409, 503) },
    detail: { summary: 'Delete my account; the answer is the last copy of its data' },
  })
