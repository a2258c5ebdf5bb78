import { jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { clock } from '#core/clock'
import { config, type SigningKey } from '#core/config'
import { unauthenticated } from '#core/problem'

export const ROLES = ['customer', 'chef', 'driver', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who is asking: a signed-in account. */
export type Actor = { userId: string; role: Role }

export const ACCESS_TOKEN_SECONDS = 15 * 60
export const ISSUER = 'ridendine'
const AUDIENCE = 'ridendine-api'
export const SIGNING_ALGORITHM = 'HS256'
const VERIFIED_TOKENS_MAX = 10_000

// Verifying costs more than a query; a token says the same until it expires.
const verified = new LRUCache<string, { actor: Actor; expiresMs: number }>({ max: VERIFIED_TOKENS_MAX })

/** After the keys have changed: a token of a key that is gone must not live on in what was verified. */
export const forgetVerifiedTokens = () => verified.clear()

export const signAccessToken = ({ userId, role }: Actor): Promise<string> => {
  const { kid, secret } = newestKey()
  const issuedAt = Math.floor(clock.nowMs() / 1000)
  return new SignJWT({ role })
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid, typ: 'JWT' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
    .setJti(Bun.randomUUIDv7())
    .sign(secret)
}

/** The actor of an access token. Throws a 401 problem when it is forged, expired or of an unknown key. */
export const verifyAccessToken = async (token: string): Promise<Actor> => {
  const known = verified.get(token)
  if (known && known.expiresMs > clock.nowMs()) return known.actor
  verified.delete(token)
  try {
    const { payload } = await jwtVerify(token, ({ kid }) => keyNamed(kid), {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: [SIGNING_ALGORITHM],
      requiredClaims: ['sub', 'exp'],
      currentDate: clock.now(),
    })
    if (!isRole(payload.role)) throw new Error('no role')
    const actor: Actor = { userId: payload.sub!, role: payload.role }
    verified.set(token, { actor, expiresMs: payload.exp! * 1000 })
    return actor
  } catch {
    throw unauthenticated('The access token is expired or not valid.')
  }
}

const isRole = (value: unknown): value is Role => (ROLES as readonly unknown[]).includes(value)

/** The secret of a key that we know, for jose. Throws for any other. */
export const keyNamed = (kid: string | undefined) => {
  const key = signingKeys().find((one) => one.kid === kid)
  if (!key) throw new Error('unknown key')
  return secretOf(key)
}

/** The key that signs. */
export const newestKey = () => {
  const [newest] = signingKeys()
  return { kid: newest!.kid, secret: secretOf(newest!) }
}

const secretOf = ({ k }: SigningKey) => Buffer.from(k, 'base64url')

const signingKeys = () => {
  const keys = config().JWT_KEYS
  if (!keys) throw new Error('JWT_KEYS is not set')
  return keys
}

const KEY_BYTES = 48
const KEY_ID_RANDOM_BYTES = 6

/** A new symmetric signing key. Its id begins with the day it was made, and is its own among several of that day. */
export const newSigningKey = (now: Date): SigningKey => ({
  kid: `${now.toISOString().slice(0, 10)}-${randomBytes(KEY_ID_RANDOM_BYTES).toString('hex')}`,
  kty: 'oct',
  k: randomBytes(KEY_BYTES).toString('base64url'),
})

const randomBytes = (count: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(count)))
