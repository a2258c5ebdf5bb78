import { jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { clock } from '#core/clock'
import { config, MODULE_NAMES, type ModuleName } from '#core/config'
import { Problem } from '#core/problem'
import { ISSUER, keyNamed, newestKey, SIGNING_ALGORITHM } from '#core/tokens'

/**
 * Credentials of a process that calls another process of ours. Signed with the keys of the access tokens, but for another
 * audience: neither passes for the other.
 */
const AUDIENCE = 'ridendine-internal'
export const SERVICE_TOKEN_SECONDS = 60
/** Renewed while it still has this long, so that none ends on its way. */
const RENEWED_BEFORE_MS = 20_000
/** How far the clocks of two machines may be apart. */
const CLOCK_SKEW_SECONDS_MAX = 30
const VERIFIED_TOKENS_MAX = 1_000
const TOKEN_LENGTH_MAX = 2_048
const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/

let own: { token: string; kid: string; subject: string; renewAtMs: number } | undefined

/** A token that says which modules this process runs. Kept until shortly before it ends, or the signing key changes. */
export const serviceToken = async (): Promise<string> => {
  const subject = config().MODULES.join(' ')
  const { kid, secret } = newestKey()
  const nowMs = clock.nowMs()
  if (own?.kid === kid && own.subject === subject && own.renewAtMs > nowMs) return own.token
  const issuedAt = Math.floor(nowMs / 1000)
  const token = await new SignJWT()
    .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid, typ: 'JWT' })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + SERVICE_TOKEN_SECONDS)
    .sign(secret)
  own = { token, kid, subject, renewAtMs: nowMs + SERVICE_TOKEN_SECONDS * 1000 - RENEWED_BEFORE_MS }
  return token
}

type Verified = { modules: ModuleName[]; endsMs: number; keys: unknown }
const verified = new LRUCache<string, Verified>({ max: VERIFIED_TOKENS_MAX })

/** The modules of the calling process, by its Authorization header. Throws a 401 problem for anything but a service token. */
export const verifyServiceToken = async (authorization: string | undefined): Promise<readonly ModuleName[]> => {
  const token = authorization?.match(BEARER)?.[1]
  if (!token || token.length > TOKEN_LENGTH_MAX) throw noService()
  const known = verified.get(token)
  // Other keys: it is held against those.
  if (known && known.endsMs > clock.nowMs() && known.keys === config().JWT_KEYS) return known.modules
  verified.delete(token)
  try {
    const { payload } = await jwtVerify(token, ({ kid }) => keyNamed(kid), {
      issuer: ISSUER,
      audience: AUDIENCE,
      algorithms: [SIGNING_ALGORITHM],
      requiredClaims: ['sub', 'exp'],
      currentDate: clock.now(),
      clockTolerance: CLOCK_SKEW_SECONDS_MAX,
    })
    const modules = payload.sub!.split(' ').filter(isModuleName)
    verified.set(token, { modules, endsMs: payload.exp! * 1000, keys: config().JWT_KEYS })
    return modules
  } catch {
    throw noService()
  }
}

const isModuleName = (name: string): name is ModuleName => (MODULE_NAMES as readonly string[]).includes(name)

const noService = () => new Problem(401, 'service-credentials', 'This path is for other parts of RideNDine.')
