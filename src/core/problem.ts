import { z } from 'zod'

export type ProblemStatus = 400 | 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429 | 500 | 502 | 503
export type FieldError = { path: string; message: string }

type ProblemExtras = { errors?: FieldError[]; headers?: Record<string, string>; [member: string]: unknown }

/** An expected refusal, sent to the client as RFC 9457 problem+json. `slug` is stable; `detail` is for people. */
export class Problem extends Error {
  readonly headers: Record<string, string>
  readonly extras: Record<string, unknown>

  constructor(
    readonly status: ProblemStatus,
    readonly slug: string,
    readonly detail: string,
    { headers = {}, ...extras }: ProblemExtras = {},
  ) {
    super(detail)
    this.name = 'Problem'
    this.headers = headers
    this.extras = extras
  }
}

export const notFound = (what: string) =>
  new Problem(404, `${what}-not-found`, `There is no such ${what.replace('-', ' ')}.`)

/** A state conflict; `current` tells the client what the state is now. */
export const conflict = (slug: string, detail: string, current: Record<string, unknown> = {}) =>
  new Problem(409, slug, detail, current)

export const invalid = (path: string, message: string, slug = 'invalid-request') =>
  new Problem(422, slug, message, { errors: [{ path, message }] })

export const forbidden = (detail = 'Your role may not do this.') => new Problem(403, 'forbidden', detail)

export const unauthenticated = (detail = 'Sign in and send the access token as a bearer token.') =>
  new Problem(401, 'unauthenticated', detail, { headers: { 'www-authenticate': 'Bearer' } })

const STORE_RETRY_AFTER_SECONDS = 2

export const storeAway = (store: string) =>
  new Problem(503, 'store-unavailable', `The ${store} does not answer at the moment. Try again shortly.`, {
    headers: { 'retry-after': String(STORE_RETRY_AFTER_SECONDS) },
  })

/** The body of a problem, without what only the server may know. */
export const problemBody = (problem: Problem, instance: string) => ({
  type: `/problems/${problem.slug}`,
  title: titleOf(problem.slug),
  status: problem.status,
  detail: problem.detail,
  instance,
  ...problem.extras,
})

const titleOf = (slug: string) => slug[0]!.toUpperCase() + slug.slice(1).replaceAll('-', ' ')

/** Loose: a problem may tell more, such as the state as it is now. */
export const ProblemJson = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({
    description: 'An error, as RFC 9457 problem details. `instance` is the request id to quote to support.',
    examples: [
      {
        type: '/problems/order-not-open',
        title: 'Order not open',
        status: 409,
        detail: 'The order is already delivered.',
        instance: 'req_AZN_Wnscfz6dKl8Oi2pMIQ',
      },
    ],
  })

/** The problem answers of a route, for its response schema and its documentation. Every route may fail by 500. */
export const problems = <const S extends ProblemStatus[]>(...statuses: S) => {
  const all: Record<number, typeof ProblemJson> = { 500: ProblemJson }
  for (const status of statuses) all[status] = ProblemJson
  return all as Record<S[number] | 500, typeof ProblemJson>
}
