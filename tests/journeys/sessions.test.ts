import { beforeEach, expect, test } from 'bun:test'
import { turnClock } from '#core/clock'
import { as, given, PASSWORD, type Person } from '../support/given'
import { call, sql, useMarket } from '../support/market'

useMarket()

const MINUTES = 60_000
const DAYS = 24 * 60 * MINUTES

let nora: Person
beforeEach(async () => {
  nora = await given.customer('nora')
})

const post = (path: string, body: object) => call('POST', `/auth/${path}`, { body })
const login = (email: string, password = PASSWORD) => post('login', { email, password })
const refresh = (refreshToken: string) => post('refresh', { refreshToken })
const newcomer = (more: object = {}) => ({
  email: 'ida@example.com',
  password: PASSWORD,
  firstName: 'Ida',
  lastName: 'Test',
  role: 'customer',
  ...more,
})

test('who registers is signed in, and is never shown a password', async () => {
  const reply = await post('register', newcomer({ phoneNumber: '+46701740605' }))
  expect(reply.status).toBe(201)
  expect(reply.body).toEqual({
    user: {
      id: expect.any(String),
      email: 'ida@example.com',
      firstName: 'Ida',
      lastName: 'Test',
      phoneNumber: '+46701740605',
      role: 'customer',
      emailVerified: false,
      createdAt: expect.any(String),
    },
    accessToken: expect.any(String),
    refreshToken: expect.any(String),
  })
  expect((await as({ token: reply.body.accessToken }).get('/users/me')).body).toEqual(reply.body.user)
  const [row] = await sql()`select password_hash from users where email = 'ida@example.com'`
  expect(row!.passwordHash).toStartWith('$argon2id$')
})

test('one account for each email, however it is written', async () => {
  const email = nora.email.toUpperCase()
  expect(await post('register', newcomer({ email }))).toBeProblem(409, 'email-taken')
  expect((await login(` ${email} `)).status).toBe(200)
})

test('of many who register the same email at once one has it', async () => {
  const replies = await Promise.all(Array.from({ length: 4 }, () => post('register', newcomer({ email: 'a@b.se' }))))
  expect(replies.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409])
})

test.each<[string, object]>([
  ['as an admin', { role: 'admin' }],
  ['with a short password', { password: '1234567' }],
  ['with an endless password', { password: 'x'.repeat(129) }],
  ['without a name', { firstName: '  ' }],
  ['with an email that is none', { email: 'nora@' }],
  ['with a verified email', { emailVerified: true }],
])('nobody registers %s', async (_, more) => {
  const refused = await post('register', newcomer({ email: 'x@example.com', ...more }))
  expect(refused).toBeProblem(422, 'invalid-request')
  expect(JSON.stringify(refused.body)).not.toContain(PASSWORD)
  expect(await sql()`select id from users where email = 'x@example.com'`).toHaveLength(0)
})

test('a wrong password and an unknown email are told apart by nobody', async () => {
  const [wrong, unknown] = [await login(nora.email, 'wrong password'), await login('nobody@example.com')]
  expect(wrong).toBeProblem(401, 'wrong-credentials')
  expect({ ...unknown.body, instance: '' }).toEqual({ ...wrong.body, instance: '' })
})

test('after ten wrong passwords even the right one must wait a quarter of an hour', async () => {
  for (let n = 0; n < 10; n++) expect((await login(nora.email, `wrong ${n}`)).status).toBe(401)
  const locked = await login(nora.email)
  expect(locked).toBeProblem(429, 'too-many-requests')
  expect(Number(locked.headers.get('retry-after'))).toBeWithin(800, 901)
  expect(locked.headers.get('ratelimit-limit')).toBe('10')
  const lena = await given.customer('lena')
  expect((await login(lena.email)).status).toBe(200)
  turnClock(15 * MINUTES)
  expect((await login(nora.email)).status).toBe(200)
})

test('the right password begins the count anew', async () => {
  for (let n = 0; n < 9; n++) await login(nora.email, 'wrong')
  expect((await login(nora.email)).status).toBe(200)
  for (let n = 0; n < 9; n++) await login(nora.email, 'wrong')
  expect((await login(nora.email)).status).toBe(200)
})

test('a refresh token is changed for a new pair, once', async () => {
  const first = await refresh(nora.refreshToken)
  expect(first.status).toBe(200)
  expect(Object.keys(first.body).toSorted()).toEqual(['accessToken', 'refreshToken'])
  expect(first.body.refreshToken).not.toBe(nora.refreshToken)
  expect((await as({ token: first.body.accessToken }).get('/users/me')).body.id).toBe(nora.userId)
  expect((await refresh(first.body.refreshToken)).status).toBe(200)
})

test('a refresh token that is used again ends every session that came of the same sign-in', async () => {
  const second = (await refresh(nora.refreshToken)).body
  const third = (await refresh(second.refreshToken)).body
  const elsewhere = (await login(nora.email)).body
  expect(await refresh(nora.refreshToken)).toBeProblem(401, 'unauthenticated')
  expect(await refresh(third.refreshToken)).toBeProblem(401, 'unauthenticated')
  expect((await refresh(elsewhere.refreshToken)).status).toBe(200)
})

test('of two who show the same refresh token at once at most one goes on, and not for long', async () => {
  const replies = await Promise.all([refresh(nora.refreshToken), refresh(nora.refreshToken)])
  expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 401])
  const winner = replies.find(({ status }) => status === 200)!
  expect(await refresh(winner.body.refreshToken)).toBeProblem(401)
})

test('a refresh token ends after seven days, an access token after fifteen minutes', async () => {
  const other = (await login(nora.email)).body
  turnClock(7 * DAYS - MINUTES)
  expect(await as(nora).get('/users/me')).toBeProblem(401, 'unauthenticated')
  expect((await refresh(nora.refreshToken)).status).toBe(200)
  turnClock(2 * MINUTES)
  expect(await refresh(other.refreshToken)).toBeProblem(401, 'unauthenticated')
})

test('who signs out ends that session and no other', async () => {
  const elsewhere = (await login(nora.email)).body
  expect((await post('logout', { refreshToken: nora.refreshToken })).status).toBe(204)
  expect(await refresh(nora.refreshToken)).toBeProblem(401)
  expect((await refresh(elsewhere.refreshToken)).status).toBe(200)
  expect((await post('logout', { refreshToken: 'no such token' })).status).toBe(204)
})

test('of a refresh token only a hash is kept', async () => {
  const rows = await sql()`select encode(token_hash, 'escape') as hash from refresh_tokens`
  for (const { hash } of rows) expect(hash).not.toContain(nora.refreshToken)
})

test('somebody changes his own name and number, and nothing else', async () => {
  const me = as(nora)
  const before = (await me.get('/users/me')).body
  expect((await me.patch('/users/me', { firstName: 'Eleonora' })).body).toEqual({ ...before, firstName: 'Eleonora' })
  const numbered = (await me.patch('/users/me', { phoneNumber: '+46701740605' })).body
  expect(numbered).toMatchObject({ firstName: 'Eleonora', phoneNumber: '+46701740605' })
  expect((await me.patch('/users/me', { phoneNumber: null })).body.phoneNumber).toBeNull()
  for (const wish of [{ role: 'admin' }, { email: 'x@y.se' }, { emailVerified: true }, { id: 'x' }]) {
    expect(await me.patch('/users/me', wish)).toBeProblem(422, 'invalid-request')
  }
  expect((await me.get('/users/me')).body.role).toBe('customer')
})
