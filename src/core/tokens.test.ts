import { afterEach, expect, test } from 'bun:test'
import { type JWTPayload, SignJWT } from 'jose'
import { resetClock, turnClock } from '#core/clock'
import { parseConfig, type SigningKey, setConfig } from '#core/config'
import { ACCESS_TOKEN_SECONDS, type Actor, newSigningKey, signAccessToken, verifyAccessToken } from '#core/tokens'

const nora: Actor = { userId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c21', role: 'customer' }

const key = (kid: string): SigningKey => ({ ...newSigningKey(new Date(0)), kid })
const [spring, summer] = [key('2026-03-01'), key('2026-06-01')]

const useKeys = (...keys: SigningKey[]) =>
  setConfig(parseConfig({ NODE_ENV: 'test', JWT_KEYS: JSON.stringify({ keys }) }))

const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url')
const decode = (part: string | undefined) => JSON.parse(Buffer.from(part!, 'base64url').toString())
const headerOf = (token: string) => decode(token.split('.')[0])
const payloadOf = (token: string) => decode(token.split('.')[1])

const expectRefused = (token: string) =>
  expect(verifyAccessToken(token)).rejects.toMatchObject({ status: 401, slug: 'unauthenticated' })

afterEach(resetClock)

test('a token says who it is for fifteen minutes, and nothing more', async () => {
  useKeys(spring)
  const token = await signAccessToken(nora)
  expect(await verifyAccessToken(token)).toEqual(nora)
  const payload = payloadOf(token)
  expect(payload).toMatchObject({ sub: nora.userId, role: 'customer', iss: 'ridendine', aud: 'ridendine-api' })
  expect(payload.exp - payload.iat).toBe(ACCESS_TOKEN_SECONDS)
  expect(Object.keys(payload).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'role', 'sub'])
})

test('it ends after fifteen minutes, also for who showed it before', async () => {
  useKeys(spring)
  const token = await signAccessToken(nora)
  turnClock((ACCESS_TOKEN_SECONDS - 2) * 1000)
  expect(await verifyAccessToken(token)).toEqual(nora)
  turnClock(3_000)
  await expectRefused(token)
})

test('two tokens of one moment differ', async () => {
  useKeys(spring)
  expect(await signAccessToken(nora)).not.toBe(await signAccessToken(nora))
})

test('keys rotate with nobody signed out: the first signs, all verify', async () => {
  useKeys(spring)
  const old = await signAccessToken(nora)
  useKeys(summer, spring)
  const fresh = await signAccessToken(nora)
  expect(headerOf(fresh)).toEqual({ alg: 'HS256', kid: summer.kid, typ: 'JWT' })
  expect(await verifyAccessToken(old)).toEqual(nora)
  expect(await verifyAccessToken(fresh)).toEqual(nora)
})

test('a key that is taken out verifies nothing more', async () => {
  useKeys(spring)
  const token = await signAccessToken(nora)
  useKeys(summer)
  await expectRefused(token)
})

test('a key of the same name with other bytes verifies nothing', async () => {
  useKeys(spring)
  const token = await signAccessToken(nora)
  useKeys({ ...summer, kid: spring.kid })
  await expectRefused(token)
})

const forge = (payload: JWTPayload, { alg = 'HS256', kid = spring.kid, with: signer = spring } = {}) =>
  new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(Buffer.from(signer.k, 'base64url'))

const good = () => {
  const now = Math.floor(Date.now() / 1000)
  return { sub: nora.userId, role: 'customer', iss: 'ridendine', aud: 'ridendine-api', iat: now, exp: now + 60 }
}

test('a token made by hand with our key and our words is one of ours', async () => {
  useKeys(spring)
  expect(await verifyAccessToken(await forge(good()))).toEqual(nora)
})

test.each<[string, () => Promise<string> | string]>([
  ['no algorithm at all', () => `${encode({ alg: 'none', kid: spring.kid })}.${encode(good())}.`],
  ['no signature', () => `${encode({ alg: 'HS256', kid: spring.kid })}.${encode(good())}.`],
  ['another algorithm', () => forge(good(), { alg: 'HS512' })],
  ['a key of somebody else', () => forge(good(), { with: key('theirs') })],
  ['a key that is not known', () => forge(good(), { kid: 'winter' })],
  [
    'no key name',
    () => new SignJWT(good()).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(spring.k, 'base64url')),
  ],
  ['another issuer', () => forge({ ...good(), iss: 'somebody' })],
  ['another audience', () => forge({ ...good(), aud: 'somebody-api' })],
  ['no end', () => forge({ ...good(), exp: undefined })],
  ['no subject', () => forge({ ...good(), sub: undefined })],
  ['no role', () => forge({ ...good(), role: undefined })],
  ['a role that there is not', () => forge({ ...good(), role: 'owner' })],
  ['an end in the past', () => forge({ ...good(), exp: good().iat - 1 })],
  ['nothing', () => ''],
  ['something else', () => 'a.b.c'],
])('refuses a token with %s', async (_, make) => {
  useKeys(spring)
  await expectRefused(await make())
})

test('refuses a token whose role was changed', async () => {
  useKeys(spring)
  const [header, , signature] = (await signAccessToken(nora)).split('.')
  await expectRefused(`${header}.${encode({ ...good(), role: 'admin' })}.${signature}`)
})

test('a new key is named by its day and holds 48 bytes nobody can guess', () => {
  const made = newSigningKey(new Date('2026-11-23T11:00:00Z'))
  expect(made.kty).toBe('oct')
  expect(made.kid).toMatch(/^2026-11-23-[0-9a-f]{12}$/)
  expect(Buffer.from(made.k, 'base64url')).toHaveLength(48)
  expect(made.k).not.toBe(newSigningKey(new Date('2026-11-23T11:00:00Z')).k)
})

test('of two keys that were made on one day each verifies its own tokens', async () => {
  const [first, second] = [newSigningKey(new Date(0)), newSigningKey(new Date(0))]
  useKeys(first)
  const before = await signAccessToken(nora)
  useKeys(second, first)
  expect(await verifyAccessToken(before)).toEqual(nora)
  expect(await verifyAccessToken(await signAccessToken(nora))).toEqual(nora)
})
