import { afterEach, beforeEach, expect, test } from 'bun:test'
import { resetClock, turnClock } from '#core/clock'
import { parseConfig, setConfig } from '#core/config'
import { Problem } from '#core/problem'
import { SERVICE_TOKEN_SECONDS, serviceToken, verifyServiceToken } from '#core/service-tokens'
import { newSigningKey, signAccessToken, verifyAccessToken } from '#core/tokens'

const key = (kid: string) => ({ ...newSigningKey(new Date()), kid })
const [old, young] = [key('old'), key('young')]
const settings = (keys: object[], modules = 'api') =>
  setConfig(parseConfig({ NODE_ENV: 'test', JWT_KEYS: JSON.stringify({ keys }), MODULES: modules }))

beforeEach(() => settings([old]))
afterEach(resetClock)

const verify = async (token: string) => verifyServiceToken(`Bearer ${token}`)
const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
const refused = (call: Promise<unknown>) => expect(call).rejects.toThrow(Problem)

test('says which modules call, and to whom it speaks', async () => {
  settings([old], 'api,web')
  const token = await serviceToken()
  expect(claimsOf(token)).toMatchObject({ aud: 'ridendine-internal', sub: 'api web', iss: 'ridendine' })
  expect(await verify(token)).toEqual(['api', 'web'])
})

test('neither kind of token passes for the other', async () => {
  const person = await signAccessToken({ userId: Bun.randomUUIDv7(), role: 'admin' })
  await refused(verify(person))
  await refused(verifyAccessToken(await serviceToken()))
  expect((await verifyAccessToken(person)).role).toBe('admin')
})

test('is used again until shortly before its end, and ends', async () => {
  const first = await serviceToken()
  expect(await serviceToken()).toBe(first)
  await verify(first)
  turnClock((SERVICE_TOKEN_SECONDS - 10) * 1000)
  const second = await serviceToken()
  expect(second).not.toBe(first)
  turnClock(41_000)
  await refused(verify(first))
  expect(await verify(second)).toEqual(['api'])
})

test('follows the keys: the newest signs, the others are still known, and one that is gone is not', async () => {
  const before = await serviceToken()
  settings([young, old])
  const after = await serviceToken()
  expect(after).not.toBe(before)
  expect(await verify(before)).toEqual(['api'])
  expect(await verify(after)).toEqual(['api'])
  settings([old])
  await refused(verify(after))
  expect(await verify(before)).toEqual(['api'])
})

test.each<[string, string | undefined]>([
  ['nothing', undefined],
  ['an empty header', ''],
  ['a scheme without a token', 'Bearer '],
  ['half a token', 'Bearer a.b'],
  ['another scheme', 'Basic a.b.c'],
  ['one that is too long', `Bearer a.b.${'c'.repeat(3_000)}`],
])('%s is none', (_, text) => refused(verifyServiceToken(text)))
