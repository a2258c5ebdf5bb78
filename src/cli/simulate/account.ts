import type { Session as SignedIn } from '#modules/api/identity/schema'
import type { Http, Reply, Request } from './http.ts'

/** A person's account: signs in when first needed, renews its tokens before they run out, and again at a 401. */
export type Account = ReturnType<typeof createAccount>

type NewAccount = {
  email: string
  firstName: string
  lastName: string
  role: 'customer' | 'chef' | 'driver'
}

/** `mayExist`: an account kept from run to run, made at first use. */
export type Registration = NewAccount & { mayExist?: boolean }

export const PASSWORD = 'Password123!'
/** Renewed when no more than this share of a token's life is left. */
const RENEW_AT_SHARE = 0.2

/** Somebody cannot sign in: there is no such account, or its password is another. */
export class SignInRefused extends Error {}

/** The server does not sign anybody in. */
export class SignInFailed extends Error {}

const refusal = (email: string, what: string, { status, slug }: Reply<unknown>) =>
  status === 401
    ? new SignInRefused(`${email} cannot ${what}: ${slug}`)
    : new SignInFailed(`${email} cannot ${what}: ${status} ${slug}`)

type Tokens = { accessToken: string; refreshToken: string; renewAtMs: number }

export const createAccount = (http: Http, email: string, registration?: Registration) => {
  let tokens: Tokens | undefined
  let userId: string | undefined
  let signingIn: Promise<Tokens> | undefined

  const keep = (pair: { accessToken: string; refreshToken: string }) => {
    tokens = { ...pair, renewAtMs: renewalOf(pair.accessToken) }
    return tokens
  }

  const signIn = async () => {
    const reply = await http.send<SignedIn>({
      method: 'POST',
      template: '/auth/login',
      body: { email, password: PASSWORD },
    })
    if (reply.status !== 200) throw refusal(email, 'sign in', reply)
    userId = reply.body.user.id
    return keep(reply.body)
  }

  const register = async ({ mayExist: _, ...person }: Registration) => {
    const body = { ...person, password: PASSWORD }
    const reply = await http.send<SignedIn>({ method: 'POST', template: '/auth/register', body })
    // Registered by an attempt whose answer was lost, or by an earlier run.
    if (reply.status === 409) return signIn()
    if (reply.status !== 201) throw refusal(email, 'register', reply)
    userId = reply.body.user.id
    return keep(reply.body)
  }

  const renew = async (old: Tokens) => {
    const body = { refreshToken: old.refreshToken }
    const reply = await http.send<Tokens>({ method: 'POST', template: '/auth/refresh', body })
    return reply.status === 200 ? keep(reply.body) : signIn()
  }

  const obtain = async () => {
    if (tokens) return renew(tokens)
    if (!registration) return signIn()
    if (!registration.mayExist) return register(registration)
    return signIn().catch((error: unknown) => {
      if (error instanceof SignInRefused) return register(registration)
      throw error
    })
  }

  /** Several requests of one person at once share one sign-in. */
  const fresh = () => {
    signingIn ??= obtain().finally(() => {
      signingIn = undefined
    })
    return signingIn
  }

  const token = async () => (tokens && Date.now() < tokens.renewAtMs ? tokens : await fresh()).accessToken

  const call = async <T>(
    method: Request['method'],
    template: string,
    rest: Omit<Request, 'method' | 'template' | 'token'> = {},
  ): Promise<Reply<T>> => {
    const used = await token()
    const reply = await http.send<T>({ method, template, ...rest, token: used })
    if (reply.status !== 401) return reply
    if (tokens?.accessToken === used) tokens = { ...tokens, renewAtMs: 0 }
    return http.send<T>({ method, template, ...rest, token: await token() })
  }

  return {
    email,
    call,
    /** Signs in now; tells whether that worked. Throws anything but a refusal. */
    canSignIn: async () => {
      try {
        await token()
        return true
      } catch (error) {
        if (error instanceof SignInRefused) return false
        throw error
      }
    },
    /** Changes the tokens for new ones, as an app does that was away for long. */
    renew: async () => void (await fresh()),
    get userId() {
      return userId
    },
  }
}

/** A JWT says itself from when to when it is good. */
const renewalOf = (accessToken: string): number => {
  const { iat, exp } = JSON.parse(Buffer.from(accessToken.split('.')[1]!, 'base64url').toString()) as {
    iat: number
    exp: number
  }
  return Date.now() + (exp - iat) * 1000 * (1 - RENEW_AT_SHARE)
}
