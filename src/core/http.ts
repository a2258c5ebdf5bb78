import { Elysia } from 'elysia'
import type { HTTPHeaders } from 'elysia/types'
import { config } from '#core/config'
import { problemOfDatabaseError } from '#core/database'
import { isDraining } from '#core/health'
import { log, logRequest } from '#core/log'
import { RequestDurations } from '#core/metrics'
import { type FieldError, Problem, problemBody } from '#core/problem'
import { checkBody } from '#core/request-body'
import { RequestContext, requestContext, requestIdOf, withRequestContext } from '#core/request-context'
import { type Route, templateFinder } from '#core/route-templates'
import { endSpan, tracingIsOn } from '#core/tracing'

const CONTENT_POLICY = "default-src 'none'; frame-ancestors 'none'"

/**
 * Request ids, traces, security headers, CORS, body rules, problems, metrics and the access log of every route. `routes`
 * are those of the whole app, to name the one whose body was refused before the router had looked.
 */
export const http = (routes: () => readonly Route[]) => {
  const findTemplate = templateFinder(routes)
  return new Elysia({ name: 'http' })
    .wrap((handle) => (request: Request) => {
      const context = new RequestContext(request.headers)
      return withRequestContext(context, () =>
        request.method === 'GET' ? handle(request) : withCheckedBody(context, request, handle),
      )
    })
    .onRequest(({ request, set }) => {
      const context = requestContext()!
      set.headers = headersOf(context.requestId)
      // Who keeps connections to this process would go on using them when its address is taken from the list already.
      if (isDraining() && !request.headers.has('upgrade')) set.headers.connection = 'close'
      const origin = request.headers.get('origin')
      if (origin !== null) {
        const preflight = allowOrigin(request, origin, set.headers)
        if (preflight) return preflight
      }
      if (context.bodyRefusal) throw context.bodyRefusal
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
      const refusedFor = context.bodyRefusal && findTemplate(request.method, new URL(request.url).pathname)
      const template = templateOf(route || refusedFor)
      const measured = measuredRoute(template)
      const traceId = tracingIsOn() && context.trace.sampled ? context.trace.traceId : undefined
      durationsOf(measured, request.method, template, status).observe(seconds, traceId)
      if (measured.isQuiet) return
      if (traceId) endRequestSpan(context, request.method, template, status)
      const line = { method: request.method, route: template, status, ms: Math.round(seconds * 1e5) / 100 }
      logRequest(line, context)
    })
}

/** As the document names it: Elysia's own ends with a slash where a resource begins. */
const templateOf = (route: string | undefined) => {
  if (!route) return 'unmatched'
  return route.length > 1 && route.endsWith('/') ? route.slice(0, -1) : route
}

/** Named and described as OpenTelemetry's semantic conventions of HTTP servers say. */
const endRequestSpan = (
  { trace, startedMs, requestId }: RequestContext,
  method: string,
  route: string,
  status: number,
) =>
  endSpan({
    name: `${method} ${route}`,
    kind: 'server',
    trace,
    startedMs,
    attributes: {
      'http.request.method': method,
      'http.route': route,
      'http.response.status_code': status,
      'ridendine.request_id': requestId,
    },
    failed: status >= 500,
  })

/** One literal: setting headers one by one costs twice as much. No HSTS: that is for whoever terminates TLS. */
const headersOf = (requestId: string) => ({
  'x-request-id': requestId,
  'x-content-type-options': 'nosniff',
  'content-security-policy': CONTENT_POLICY,
  'cache-control': 'no-store',
})

/**
 * For Bun's own router: answers a GET that machines send all the time with a JSON text, with the headers and metrics of
 * any other, but past Elysia, whose way costs more than such an answer. What a browser sends, and what comes while the
 * process drains, goes on to `handle`.
 */
export const shortcut = (
  route: string,
  text: (nowMs: number) => string,
  handle: (request: Request) => Response | Promise<Response>,
) => {
  const durations = durationsOf(measuredRoute(route), 'GET', route, 200)
  return (request: Request): Response | Promise<Response> => {
    const asked = request.headers
    if (isDraining() || asked.get('origin') !== null) return handle(request)
    const startedMs = performance.now()
    const headers: Record<string, string> = headersOf(requestIdOf(asked))
    headers['content-type'] = JSON_TYPE
    const response = new Response(text(startedMs), { headers })
    durations.observe((performance.now() - startedMs) / 1000)
    return response
  }
}

const JSON_TYPE = 'application/json;charset=utf-8'

/**
 * A ready-made JSON text, or its bytes, as an answer. For the busiest reads only: it is sent as it is, so its parts must have been made
 * by the response schema, and a contract test holds the answers against it. The headers move into the answer, since
 * Elysia would make a second one to merge them.
 */
export const jsonText = (set: { headers: HTTPHeaders }, text: string | Uint8Array<ArrayBuffer>): Response => {
  const headers = { ...set.headers, 'content-type': JSON_TYPE } as Record<string, string>
  set.headers = {}
  return new Response(text, { headers })
}

/** Asked every few seconds by machines: not worth a line each. */
const QUIET_ROUTES = new Set(['/health', '/health/live', '/health/ready', '/metrics'])

type MeasuredRoute = { isQuiet: boolean; byStatus: Map<number, Record<string, RequestDurations>> }

const measuredRoutes = new Map<string, MeasuredRoute>()

const measuredRoute = (template: string): MeasuredRoute => {
  let found = measuredRoutes.get(template)
  if (!found) {
    found = { isQuiet: QUIET_ROUTES.has(template), byStatus: new Map() }
    measuredRoutes.set(template, found)
  }
  return found
}

const durationsOf = (
  { byStatus }: MeasuredRoute,
  method: string,
  template: string,
  status: number,
): RequestDurations => {
  let byMethod = byStatus.get(status)
  if (!byMethod) {
    byMethod = {}
    byStatus.set(status, byMethod)
  }
  byMethod[method] ??= new RequestDurations({ method, route: template, status: String(status) })
  return byMethod[method]
}

const inProduction = () => config().NODE_ENV === 'production'

export const CORS_HEADERS = {
  'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
  'access-control-allow-headers': 'authorization, content-type, idempotency-key, x-request-id, traceparent',
  'access-control-max-age': '600',
}
export const EXPOSED_HEADERS =
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

/** A refused body is not read any further; it is answered where problems are, with all headers. */
const withCheckedBody = <T>(context: RequestContext, request: Request, handle: (request: Request) => T) => {
  const goOn = (checked: Request | Problem) => {
    if (checked === request) return handle(request)
    context.received = request
    if (!(checked instanceof Problem)) return handle(checked)
    context.bodyRefusal = checked
    return handle(request)
  }
  const checked = checkBody(request)
  return checked instanceof Promise ? checked.then(goOn) : goOn(checked)
}

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
