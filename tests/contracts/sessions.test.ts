/** Who somebody is: tokens that must not be believed, sessions that end, and doors that close after too many tries. */
import { afterEach, beforeAll, expect, test } from 'bun:test'
import { SignJWT } from 'jose'
import { resetClock, turnClock } from '#core/clock'
import type { SigningKey } from '#core/config'
import { newId } from '#core/ids'
import { newSigningKey, signAccessToken } from '#core/tokens'
import { keepMails, mailedToken } from '../support/contract-mails'
import { fields } from '../support/contract-refusals'
import { as, given, PASSWORD, type Person } from '../support/given'
import { type CallOptions, call, useMarket } from '../support/market'

const newest: SigningKey = { ...newSigningKey(new Date(0)), kid: 'newest' }
const older: SigningKey = { ...newSigningKey(new Date(0)), kid: 'older' }
const retired: SigningKey = { ...newSigningKey(new Date(0)), kid: 'retired' }

useMarket({ environment: { JWT_KEYS: JSON.stringify({ keys: [newest, older] }), RATE_LIMITS: 'on' } })
keepMails()

let nora: Person
beforeAll(async () => {
  nora = await given.customer('nora')
})
afterEach(resetClock)

const MINUTE_MS = 60_000
const nowSeconds = () => Math.floor(Date.now() / 1000)
const secretOf = ({ k }: SigningKey) => Buffer.from(k, 'base64url')

type Claims = Record<string, unknown>

/** A token as the server makes it, but for what is changed; undefined leaves a claim out. */
const tokenOf = (change: Claims = {}, key = newest, header: { alg?: string; kid?: string } = {}) => {
  const claims = {
    role: 'customer',
    iss: 'ridendine',
    aud: 'ridendine-api',
    sub: nora.userId,
    iat: nowSeconds(),
    exp: nowSeconds() + 900,
    ...change,
  }
  return new SignJWT(claims as never).setProtectedHeader({ alg: 'HS256', kid: key.kid, ...header }).sign(secretOf(key))
}

const json = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

const tampered = async (change: Claims) => {
  const [header, payload, signature] = (await tokenOf()).split('.')
  const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString())
  return [header, json({ ...claims, ...change }), signature].join('.')
}

const unsigned = async (alg: string, signature: string) => {
  const [, payload] = (await tokenOf()).split('.')
  return `${json({ alg, kid: newest.kid })}.${payload}.${signature}`
}

const bearer = async (token: string | Promise<string>) => `Bearer ${await token}`

const NOT_TO_BE_BELIEVED: [name: string, authorization: () => Promise<string>][] = [
  ['nothing', async () => ''],
  ['a word', async () => 'Bearer'],
  ['garbage', async () => 'Bearer garbage'],
  ['three pieces of garbage', async () => 'Bearer not.a.token'],
  ['another scheme', async () => `Basic ${btoa(`${nora.email}:${PASSWORD}`)}`],
  ['a bare token', async () => tokenOf()],
  ['two tokens', async () => `Bearer ${await tokenOf()}, Bearer ${await tokenOf()}`],
  ['no signature, and it says so', () => bearer(unsigned('none', ''))],
  ['no signature, and it hides it', () => bearer(unsigned('none', 'AAAA'))],
  ['no signature under the right algorithm', () => bearer(unsigned('HS256', 'AAAA'))],
  ['another algorithm', () => bearer(tokenOf({}, newest, { alg: 'HS384' }))],
  ['a key that was never known', () => bearer(tokenOf({}, { ...retired, kid: 'unknown' }))],
  ['a key under the name of another', () => bearer(tokenOf({}, { ...retired, kid: 'newest' }))],
  ['a key without its name', () => bearer(tokenOf({}, newest, { kid: undefined }))],
  ['another role than was signed', () => bearer(tampered({ role: 'admin' }))],
  ['another person than was signed', () => bearer(tampered({ sub: newId() }))],
  ['a time that is over', () => bearer(tokenOf({ exp: nowSeconds() - 1 }))],
  ['no end', () => bearer(tokenOf({ exp: undefined }))],
  ['a time to come', () => bearer(tokenOf({ nbf: nowSeconds() + 600 }))],
  ['another issuer', () => bearer(tokenOf({ iss: 'somebody' }))],
  ['another audience', () => bearer(tokenOf({ aud: 'another-api' }))],
  ['nobody', () => bearer(tokenOf({ sub: undefined }))],
  ['no role', () => bearer(tokenOf({ role: undefined }))],
  ['a role that is none', () => bearer(tokenOf({ role: 'owner' }))],
  ['a very long token', () => bearer(tokenOf({ more: 'x'.repeat(2_000) }))],
]

for (const [name, authorization] of NOT_TO_BE_BELIEVED) {
  test(`a token is not believed: ${name}`, async () => {
    const header = await authorization()
    const reply = await call('GET', '/users/me', { headers: { authorization: header } })
    expect(reply).toBeProblem(401, 'unauthenticated')
    expect(reply.headers.get('www-authenticate')).toBe('Bearer')
    const [, payload = ''] = header.split('.')
    if (payload.length > 8) expect(JSON.stringify(reply.body)).not.toContain(payload)
  })
}

test('a token is believed for a quarter of an hour, whichever of the known keys signed it', async () => {
  const me = async (token: string) => (await as({ token }).get('/users/me')).status
  expect(await me(await tokenOf())).toBe(200)
  expect(await me(await tokenOf({}, older))).toBe(200)
  const token = await signAccessToken({ userId: nora.userId, role: 'customer' })
  expect(JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid).toBe('newest')
  expect(await me(token)).toBe(200)
  turnClock(14 * MINUTE_MS)
  expect(await me(token)).toBe(200)
  turnClock(MINUTE_MS + 1_000)
  expect(await me(token)).toBe(401)
})

const refresh = (refreshToken: string) => call('POST', '/auth/refresh', { body: { refreshToken } })
const login = (email: string, password = PASSWORD, options: CallOptions = {}) =>
  call('POST', '/auth/login', { body: { email, password }, ...options })

test('a refresh token works once; used again, it ends all that came from its sign-in, and nothing else', async () => {
  const first = (await login(nora.email)).body.refreshToken
  const elsewhere = (await login(nora.email)).body.refreshToken
  const second = await refresh(first)
  expect(second.status).toBe(200)
  const third = await refresh(second.body.refreshToken)
  expect(third.status).toBe(200)
  const stolen = await refresh(first)
  expect(stolen).toBeProblem(401, 'unauthenticated')
  expect(JSON.stringify(stolen.body)).not.toContain(first)
  expect(await refresh(third.body.refreshToken)).toBeProblem(401, 'unauthenticated')
  expect((await refresh(elsewhere)).status).toBe(200)
})

test('a refresh token used twice at once makes one pair at most', async () => {
  const token = (await login(nora.email)).body.refreshToken
  const replies = await Promise.all([refresh(token), refresh(token), refresh(token)])
  expect(replies.map(({ status }) => status).sort()).toEqual([200, 401, 401])
})

test('a refresh token ends: after a week, at sign-out, with a new password, with the account', async () => {
  const lea = await given.customer('lea')
  const token = async () => (await login(lea.email)).body.refreshToken as string
  const late = await token()
  turnClock(7 * 24 * 60 * MINUTE_MS + 1_000)
  expect(await refresh(late)).toBeProblem(401, 'unauthenticated')
  resetClock()

  const out = await token()
  expect((await call('POST', '/auth/logout', { body: { refreshToken: out } })).status).toBe(204)
  expect(await refresh(out)).toBeProblem(401, 'unauthenticated')

  const old = await token()
  await call('POST', '/auth/forgot-password', { body: { email: lea.email } })
  const reset = { token: await mailedToken(lea.email, 'Choose a new password'), password: PASSWORD }
  expect((await call('POST', '/auth/reset-password', { body: reset })).status).toBe(204)
  expect(await call('POST', '/auth/reset-password', { body: reset })).toBeProblem(422, 'token-not-valid')
  expect(await refresh(old)).toBeProblem(401, 'unauthenticated')

  const last = await login(lea.email)
  expect((await as({ token: last.body.accessToken }).delete('/users/me')).status).toBe(200)
  expect(await refresh(last.body.refreshToken)).toBeProblem(401, 'unauthenticated')
  expect(await login(lea.email)).toBeProblem(401, 'wrong-credentials')
})

test('a token that was sent by mail is for one purpose, and for some time', async () => {
  const eva = await given.customer('eva')
  const verify = await mailedToken(eva.email, 'Confirm your email')
  const crossed = await call('POST', '/auth/reset-password', { body: { token: verify, password: PASSWORD } })
  expect(crossed).toBeProblem(422, 'token-not-valid')
  await call('POST', '/auth/forgot-password', { body: { email: eva.email } })
  turnClock(61 * MINUTE_MS)
  const body = { token: await mailedToken(eva.email, 'Choose a new password'), password: PASSWORD }
  expect(await call('POST', '/auth/reset-password', { body })).toBeProblem(422, 'token-not-valid')
  expect((await call('POST', '/auth/verify-email', { body: { token: verify } })).status).toBe(204)
  expect(await call('POST', '/auth/verify-email', { body: { token: verify } })).toBeProblem(422, 'token-not-valid')
})

const expectLimit = (reply: Awaited<ReturnType<typeof call>>, limit: number, secondsMax: number) => {
  expect(reply).toBeProblem(429, 'too-many-requests')
  const seconds = Number(reply.headers.get('retry-after'))
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThanOrEqual(secondsMax)
  expect(reply.headers.get('ratelimit-limit')).toBe(String(limit))
  expect(reply.headers.get('ratelimit-remaining')).toBe('0')
  expect(reply.headers.get('ratelimit-reset')).toBe(String(seconds))
}

test('after ten wrong passwords not even the right one opens, for a quarter of an hour, and for this account alone', async () => {
  const mia = await given.customer('mia')
  for (let i = 0; i < 10; i++) expect(await login(mia.email, 'wrong')).toBeProblem(401, 'wrong-credentials')
  expectLimit(await login(mia.email, 'wrong'), 10, 900)
  expectLimit(await login(mia.email), 10, 900)
  expectLimit(await login(mia.email.toUpperCase()), 10, 900)
  expect((await login(nora.email)).status).toBe(200)
  turnClock(15 * MINUTE_MS + 1_000)
  expect((await login(mia.email)).status).toBe(200)
})

test('a right password forgives the wrong ones before it', async () => {
  const ina = await given.customer('ina')
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 9; i++) await login(ina.email, 'wrong')
    expect((await login(ina.email)).status).toBe(200)
  }
})

test('whether there is an account with an email, nobody learns by signing in or forgetting', async () => {
  const nobody = `nobody-${newId()}@example.com`
  const withoutId = ({ status, body }: { status: number; body: object }) => ({ status, ...body, instance: '' })
  expect(withoutId(await login(nobody, 'wrong'))).toEqual(withoutId(await login(nora.email, 'wrong')))
  for (let i = 0; i < 9; i++) await login(nobody, 'wrong')
  expectLimit(await login(nobody, 'wrong'), 10, 900)
  const forget = (email: string) => call('POST', '/auth/forgot-password', { body: { email } })
  const uma = await given.customer('uma')
  for (const email of [uma.email, `${newId()}@example.com`]) {
    for (let i = 0; i < 5; i++) {
      const { status, body } = await forget(email)
      expect([status, body]).toEqual([202, ''])
    }
    expectLimit(await forget(email), 5, 3_600)
  }
})

test('an email is one account, however it is written', async () => {
  const person = { password: PASSWORD, firstName: 'Nora', lastName: 'Test', role: 'customer' }
  const register = (email: string) => call('POST', '/auth/register', { body: { ...person, email } })
  expect(await register(` ${nora.email.toUpperCase()} `)).toBeProblem(409, 'email-taken')
  const broken = await register('nora@')
  expect(broken).toBeProblem(422, 'invalid-request')
  expect(JSON.stringify(broken.body)).not.toContain('nora@')
  expect(broken.body).toMatchObject(fields('email'))
})
