import pLimit from 'p-limit'
import type { Options } from './options.ts'
import type { Stats } from './stats.ts'
import { type Stop, Stopped } from './stop.ts'

/** One request with all its attempts: a server or a store that is away is waited for, as a good client does. */

export type Request = {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** With `:names`, which params fill: it is also what the numbers are kept under. */
  template: string
  params?: Record<string, string>
  query?: Record<string, string | number>
  body?: unknown
  /** Idempotency-Key. */
  key?: string
  token?: string
  /** False for what is stale a second later: one attempt, and no answer at all is status 0. */
  retry?: boolean
}

/** As much of RFC 9457 as the actors look at. */
export type ProblemBody = {
  type?: string
  detail?: string
  instance?: string
  currentStatus?: string
  currentDeliveryStatus?: string
}

export type Reply<T> = {
  status: number
  body: T
  problem: ProblemBody
  slug: string
  replayed: boolean
  /** An earlier attempt may have done it already: its answer was lost, or it failed while it was being done. */
  unsure: boolean
}

const REQUESTS_AT_ONCE_MAX = 48
/** Hashing a password takes a server a tenth of a second of one core: people come to its door one after the other. */
const SIGN_INS_AT_ONCE_MAX = 6
const SIGN_INS = new Set(['/auth/login', '/auth/register'])
const REQUEST_TIMEOUT_MS = 15_000
/** How long an outage may last before an actor gives up. */
export const OUTAGE_MS_MAX = 120_000
const FAULT_TRIES_MAX = 4
const BACKOFF_MS_FIRST = 150
const BACKOFF_MS_MAX = 3_000
const RETRY_AFTER_MS_MAX = 10_000
const IN_PROGRESS_TRIES_MAX = 50

export class GaveUp extends Error {}

type Needs = {
  options: Pick<Options, 'url' | 'demo'>
  stats: Stats
  stop: Stop
  pause: (ms: number) => Promise<void>
  /** In [0, 1): spreads the retries of many. */
  jitter: () => number
}

export type Http = ReturnType<typeof createHttp>

export const createHttp = ({ options, stats, stop, pause, jitter }: Needs) => {
  const gate = pLimit(REQUESTS_AT_ONCE_MAX)
  const signInGate = pLimit(SIGN_INS_AT_ONCE_MAX)
  const underWay = new Set<AbortController>()
  stop.onRaise(() => {
    for (const controller of underWay) controller.abort()
  })

  const attempt = async <T>(request: Request): Promise<Reply<T> | undefined> => {
    stop.check()
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(), REQUEST_TIMEOUT_MS)
    underWay.add(controller)
    const startedMs = performance.now()
    try {
      const answer = await fetch(`${options.url}${pathOf(request)}`, { ...initOf(request), signal: controller.signal })
      const text = await answer.text()
      stats.answered(routeOf(request), answer.status, performance.now() - startedMs)
      const reply = replyOf<T>(answer, text)
      if (answer.status >= 500) stats.faultOfServer(faultOf(request, reply))
      return reply
    } catch (error) {
      stop.check()
      stats.notReached(reasonOf(error))
      return undefined
    } finally {
      clearTimeout(timer)
      underWay.delete(controller)
    }
  }

  const send = async <T>(request: Request): Promise<Reply<T>> => {
    const startedMs = performance.now()
    let unsure = false
    for (let tries = 1; ; tries++) {
      const door = SIGN_INS.has(request.template) ? signInGate : gate
      const reply = await door(() => attempt<T>(request))
      if (reply && !isWorthRepeating(request, reply, tries)) return { ...reply, unsure }
      if (request.retry === false) return reply ?? noReply<T>()
      if (reply?.slug !== 'request-in-progress') unsure = true
      if (!options.demo && performance.now() - startedMs > OUTAGE_MS_MAX) {
        throw new GaveUp(
          `${routeOf(request)}: ${reply ? `still ${reply.status}` : 'no answer'} after ${OUTAGE_MS_MAX / 1000} s`,
        )
      }
      await pause(delayMs(tries, reply))
    }
  }

  const delayMs = <T>(tries: number, reply: (Reply<T> & { retryAfterMs?: number }) | undefined) => {
    if (reply?.slug === 'request-in-progress') return 50 + 100 * jitter()
    const backoff = Math.min(BACKOFF_MS_FIRST * 2 ** (tries - 1), BACKOFF_MS_MAX) * (0.5 + jitter() / 2)
    return Math.min(Math.max(backoff, reply?.retryAfterMs ?? 0), RETRY_AFTER_MS_MAX)
  }

  return { send }
}

const isWorthRepeating = <T>(request: Request, { status, slug }: Reply<T>, tries: number) => {
  if (status === 503) return true
  if (slug === 'request-in-progress') return tries < IN_PROGRESS_TRIES_MAX
  if (status === 429) return request.template !== '/auth/register' && tries < FAULT_TRIES_MAX
  // A fault is repeated a few times, so that one does not end the day; it is in the report all the same.
  return status >= 500 && tries < FAULT_TRIES_MAX
}

const routeOf = ({ method, template }: Request) => `${method} ${template}`

const pathOf = ({ template, params = {}, query }: Request) => {
  const path = template.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name]!))
  if (!query) return path
  return `${path}?${new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]))}`
}

const initOf = ({ method, body, key, token }: Request) => {
  const headers: Record<string, string> = {}
  if (token !== undefined) headers.authorization = `Bearer ${token}`
  if (key !== undefined) headers['idempotency-key'] = key
  if (body !== undefined) headers['content-type'] = 'application/json'
  return { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }
}

const replyOf = <T>(answer: Response, text: string) => {
  const body = parse(text)
  const problem = (answer.status >= 400 && typeof body === 'object' && body !== null ? body : {}) as ProblemBody
  return {
    status: answer.status,
    body: body as T,
    problem,
    slug: problem.type?.replace('/problems/', '') ?? '',
    replayed: answer.headers.get('idempotent-replayed') === 'true',
    unsure: false,
    retryAfterMs: Number(answer.headers.get('retry-after') ?? 0) * 1000,
  }
}

const parse = (text: string): unknown => {
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const noReply = <T>(): Reply<T> => ({
  status: 0,
  body: undefined as T,
  problem: {},
  slug: 'no-answer',
  replayed: false,
  unsure: true,
})

const faultOf = <T>(request: Request, { status, slug, problem }: Reply<T>) => ({
  at: new Date().toISOString(),
  route: routeOf(request),
  status,
  slug,
  instance: problem.instance ?? '',
})

const reasonOf = (error: unknown): string => {
  if (error instanceof Stopped) throw error
  const { name, code, message } = error as { name?: string; code?: string; message?: string }
  return name === 'AbortError' ? `no answer in ${REQUEST_TIMEOUT_MS / 1000} s` : (code ?? message ?? String(error))
}
