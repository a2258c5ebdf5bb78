import { Elysia } from 'elysia'
import { config } from '#core/config'
import { assertNotDeleted } from '#core/deleted-accounts'
import { forbidden, unauthenticated } from '#core/problem'
import { requestContext } from '#core/request-context'
import { type Actor, type Role, verifyAccessToken } from '#core/tokens'

/** Who gets past a sign-in hook: anyone, but a token that is sent must be good; whoever signs in; or some roles. */
export type Access = 'optional' | 'signed-in' | readonly Role[]

const accesses = new WeakMap<object, Access>()

/** What a hook of a route enforces, so that the API document can say just that. Undefined for any other hook. */
export const accessOf = (hook: object): Access | undefined => accesses.get(hook)

const enforcing = <H extends object>(access: Access, hook: H): H => {
  accesses.set(hook, access)
  return hook
}

type WithHeaders = { headers: Record<string, string | undefined> }
type Asked = WithHeaders & { request: Request }

/** Routes after `.use(signedIn)` get `actor`; without a good bearer token they answer 401 before anything is validated. */
export const signedIn = new Elysia({ name: 'signed-in' }).derive(
  { as: 'scoped' },
  enforcing('signed-in', async ({ headers, request }: Asked) => ({ actor: await actingActor(headers, request) })),
)

/** As signedIn, for routes of some roles only: 403 for the others, before anything is validated. */
export const signedInAs = (...roles: Role[]) =>
  new Elysia({ name: `signed-in-as-${roles.join('-')}` }).derive(
    { as: 'scoped' },
    enforcing(roles, async ({ headers, request }: Asked) => {
      const actor = await actingActor(headers, request)
      if (!roles.includes(actor.role)) throw forbidden(`Only a ${roles.join(' or ')} may do this.`)
      return { actor }
    }),
  )

const BEARER = /^Bearer ([\w-]+\.[\w-]+\.[\w-]+)$/i
const TOKEN_LENGTH_MAX = 2_048

/** Who asks. Nothing is changed for an account that was deleted, also while its token is still good. */
const actingActor = async ({ authorization }: WithHeaders['headers'], { method }: Request): Promise<Actor> => {
  const actor = await actorOf(authorization)
  if (method !== 'GET') assertNotDeleted(actor.userId)
  return actor
}

const actorOf = async (authorization: string | undefined): Promise<Actor> => {
  const token = authorization?.match(BEARER)?.[1]
  if (!token || token.length > TOKEN_LENGTH_MAX) throw unauthenticated()
  return verifyAccessToken(token)
}

type AddressSource = { requestIP(request: Request): { address: string } | null } | null

/** The caller's address, past as many proxies of our own as the configuration names. */
export const clientAddress = (request: Request, server: AddressSource): string => {
  const trusted = config().TRUSTED_PROXY_COUNT
  const forwarded =
    request.headers
      .get('x-forwarded-for')
      ?.split(',')
      .map((part) => part.trim()) ?? []
  const behindProxies = trusted > 0 ? forwarded.at(-trusted) : undefined
  return behindProxies ?? server?.requestIP(requestContext()?.received ?? request)?.address ?? 'unknown'
}

/** For public routes that show more to some: `viewer` is undefined for who does not sign in; a bad token is still 401. */
export const maybeSignedIn = new Elysia({ name: 'maybe-signed-in' }).derive(
  { as: 'scoped' },
  enforcing('optional', async ({ headers }: WithHeaders) => ({
    viewer: headers.authorization === undefined ? undefined : await actorOf(headers.authorization),
  })),
)
