import { Elysia } from 'elysia'
import type { HTTPHeaders } from 'elysia/types'
import { config } from '#core/config'
import { problemOfDatabaseError } from '#core/database'
import { log, logRequest } from '#core/log'
import { httpSeconds } from '#core/metrics'
import { type FieldError, Problem, problemBody } from '#core/problem'
import { RequestContext, requestContext, withRequestContext } from '#core/request-context'

const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'"

/** Request ids, traces, security headers, CORS, body rules, problems, metrics and the access log of every route. */
export const http = () =>
  new Elysia({ name: 'http' })
    .wrap(
      (handle) => (request: Request) => withRequestContext(new RequestContext(request.headers), () => handle(request)),
    )
    .onRequest(({ request, set }) => {
      // One literal: setting headers one by one costs twice as much, and every request passes here.
      set.headers = {
        'x-request-id': requestContext()!.requestId,
        'x-content-type-options': 'nosniff',
        'content-security-policy': CONTENT_POLICY,
        'cache-control': 'no-store',
      }
      if (inProduction()) set.headers['strict-transport-security'] = 'max-age=31536000'
      const origin = request.headers.get('origin')
      if (origin !== null) {
        const preflight = allowOrigin(request, origin, set.headers)
        if (preflight) return preflight
      }
      if (request.method !== 'GET') assertReadableBody(request.headers)
    })
    .onError({ as: 'global' }, ({ error, code, set }) => {
      const problem = problemOf(error, code)
      set.status = problem.status
      Object.assign(set.headers, problem.headers)
      set.headers['content-type'] = 'application/problem+json'
      return problemBody(problem, requestContext()?.requestId ?? 'unknown')
    })
    .onAfterResponse({ as: 'global' }, ({ request, route, set }) => {
      const context = requestContext()
      if (!context) return
      const seconds = (performance.now() - context.startedMs) / 1000
      const status = Number(set.status ?? 200)
      const template = route || 'unmatched'
      durationsOf(request.method, template, status).observe(seconds)
      if (QUIET_ROUTES.has(template)) return
      const line = { method: request.method, route: template, status, ms: Math.round(seconds * 1e5) / 100 }
      logRequest(line, context)
    })

/**
 * A ready-made JSON text as an answer. For the busiest reads only: it is sent as it is, so its parts must have been made
 * by the response schema, and a contract test holds the answers against it.
 */
export const jsonText = (text: string): Response => new Response(text, JSON_CONTENT)

const JSON_CONTENT = { headers: { 'content-type': 'application/json;charset=utf-8' } }

/** Asked every few seconds by machines: not worth a line each. */
const QUIET_ROUTES = new Set(['/health', '/health/live', '/health/ready', '/metrics'])

// Finding a histogram's labels costs more than observing; there are as many as route templates times statuses.
const durations = new Map<string, ReturnType<typeof httpSeconds.labels>>()

const durationsOf = (method: string, route: string, status: number) => {
  const key = `${method} ${route} ${status}`
  let found = durations.get(key)
  if (!found) {
    found = httpSeconds.labels(method, route, String(status))
    durations.set(key, found)
  }
  return found
}

const inProduction = () => config().NODE_ENV === 'production'

const CORS_HEADERS = {
  'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key, x-request-id, traceparent',
  'access-control-max-age': '600',
}
const EXPOSED_HEADERS =
  'x-request-id, retry-after, idempotent-replayed, ratelimit-limit, ratelimit-remaining, ratelimit-reset'

/** CORS: only a browser sends an Origin, so nobody else pays for it. Answers a preflight itself. */
const allowOrigin = (request: Request, origin: string, headers: HTTPHeaders): Response | undefined => {
  headers.vary = 'origin'
  // Tokens travel in a header, never in a cookie, so an open development server gives nothing away.
  if (inProduction() && !config().CORS_ORIGINS.includes(origin)) return
  headers['access-control-allow-origin'] = origin
  headers['access-control-expose-headers'] = EXPOSED_HEADERS
  if (request.method !== 'OPTIONS' || !request.headers.has('access-control-request-method')) return
  return new Response(null, { status: 204, headers: CORS_HEADERS })
}

const assertReadableBody = (headers: Headers) => {
  const length = headers.get('content-length')
  if (Number(length ?? 0) > config().BODY_BYTES_MAX) throw tooLarge()
  const hasBody = (length !== null && length !== '0') || headers.has('transfer-encoding')
  if (hasBody && !/^application\/json\b/i.test(headers.get('content-type') ?? '')) {
    throw new Problem(415, 'unsupported-media-type', 'Send the body as application/json.')
  }
}

const tooLarge = () => new Problem(413, 'body-too-large', `A body may hold ${config().BODY_BYTES_MAX} bytes at most.`)

const problemOf = (error: unknown, code: unknown): Problem => {
  if (error instanceof Problem) return error
  if (code === 'NOT_FOUND') return new Problem(404, 'route-not-found', 'There is nothing at this path and method.')
  if (code === 'PARSE') return new Problem(400, 'malformed-body', 'The body is not well-formed JSON.')
  const fromDatabase = problemOfDatabaseError(error)
  if (fromDatabase) return fromDatabase
  if (code === 'VALIDATION') {
    const validation = error as unknown as ValidationFault
    if (validation.type !== 'response') return invalidRequest(validation)
  }
  log.error({ err: describe(error) }, 'unexpected error')
  return new Problem(500, 'internal-error', 'Something went wrong on our side. Quote the instance to support.')
}

/** Name, message and stack, without the parameters of a failed statement: those may be personal. */
const describe = (error: unknown) =>
  error instanceof Error
    ? { name: error.name, message: error.message, code: (error as { code?: string }).code, stack: error.stack }
    : { message: String(error) }

/** What zod says about one fault. `expected` and `keys` come with some codes only. */
type Issue = { code?: string; path?: readonly PropertyKey[]; message: string; expected?: string; keys?: string[] }
type Schema = { '~standard': { validate(value: unknown): { issues?: readonly Issue[] } } }
type ValidationFault = { type: string; value: unknown; validator: Schema | { schema: Schema } }

const FIELD_ERRORS_MAX = 50
const PATH_LENGTH_MAX = 200

const invalidRequest = (fault: ValidationFault): Problem => {
  const issues = issuesOf(fault)
  const errors = issues.flatMap(fieldErrorsOf).slice(0, FIELD_ERRORS_MAX)
  const where = { body: 'body', query: 'query', params: 'path', headers: 'headers' }[fault.type] ?? fault.type
  if (isUnparsable(fault, issues)) {
    return new Problem(400, 'malformed-parameter', `A parameter in the ${where} cannot be parsed.`, { errors })
  }
  return new Problem(422, 'invalid-request', `The ${where} does not fit its schema.`, { errors })
}

/** Asks the schema once more: Elysia's own list of errors leaves their codes out. */
const issuesOf = ({ validator, value }: ValidationFault): readonly Issue[] => {
  const schema = '~standard' in validator ? validator : validator.schema
  return schema['~standard'].validate(value).issues ?? []
}

/** Names of fields and messages only: what was sent may be a password. */
const fieldErrorsOf = ({ code, path = [], message, keys = [] }: Issue): FieldError[] => {
  if (code !== 'unrecognized_keys') return [{ path: pathOf(path), message }]
  return keys
    .slice(0, FIELD_ERRORS_MAX)
    .map((key) => ({ path: pathOf([...path, key]), message: 'is not a known field' }))
}

const pathOf = (path: readonly PropertyKey[]) => path.map(String).join('.').slice(0, PATH_LENGTH_MAX)

/** A path parameter or header is never "parsed but invalid"; in a query, only text that is no number at all is not parsed. */
const isUnparsable = ({ type, value }: ValidationFault, issues: readonly Issue[]) => {
  if (type === 'params' || type === 'headers') return true
  if (type !== 'query') return false
  const given = value as Record<PropertyKey, unknown>
  return issues.some(
    ({ code, expected, path = [] }) =>
      code === 'invalid_type' && expected !== 'int' && given[path[0] ?? ''] !== undefined,
  )
}
