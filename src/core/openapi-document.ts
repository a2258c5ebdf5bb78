import type { InternalRoute } from 'elysia'
import { z } from 'zod'
import { ProblemJson } from '#core/problem'
import { type Access, accessOf } from '#core/session'

/**
 * Paths and components of an OpenAPI 3.1 document, from the routes of an app and their zod schemas. Not by
 * @elysiajs/openapi 1.4.16: it reads requests and answers alike, so that what has a default looks required in a
 * request; it offers form bodies, which we refuse; it marks every body as required; and it sends problems as plain JSON.
 */
export const pathsOf = (routes: readonly InternalRoute[]): Paths => {
  const paths: Paths = {}
  for (const route of routes) {
    if (route.hooks.detail?.hide) continue
    const path = pathOf(route)
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) }
  }
  return paths
}

type Paths = Record<string, Record<string, object>>
type JsonSchema = z.core.JSONSchema.JSONSchema

/** `/orders/:orderId/` is written `/orders/{orderId}`; both are understood with and without the last slash. */
const pathOf = ({ path }: InternalRoute) => path.replace(/:(\w+)/g, '{$1}').replace(/(.)\/$/, '$1')

const operationOf = (route: InternalRoute) => {
  const { body, params, query, headers, response, detail, transform } = route.hooks
  const access: Access | undefined = (transform ?? []).map((hook: { fn: object }) => accessOf(hook.fn)).find(Boolean)
  return {
    ...detail,
    operationId: operationIdOf(route),
    ...(access && { security: securityOf(access), description: describe(detail?.description, access) }),
    parameters: [
      ...(detail?.parameters ?? []),
      ...parametersOf(params, 'path'),
      ...parametersOf(query, 'query'),
      ...parametersOf(headers, 'header'),
    ],
    ...(body && { requestBody: { required: !body.isOptional(), content: contentOf(body, 'input') } }),
    responses: Object.fromEntries(
      Object.entries((response ?? {}) as Record<string, z.ZodType>).map(([status, schema]) => [
        status,
        responseOf(Number(status), schema, { replays: headers?.shape['idempotency-key'] !== undefined }),
      ]),
    ),
  }
}

/** `PATCH /orders/:orderId/accept` is patchOrdersByOrderIdAccept. */
const operationIdOf = (route: InternalRoute) =>
  route.method.toLowerCase() +
  pathOf(route)
    .split(/[/-]/)
    .map((part) => part.replace(/^\{(\w)/, (_, letter: string) => `By${letter.toUpperCase()}`).replace('}', ''))
    .map((part) => part.slice(0, 1).toUpperCase() + part.slice(1))
    .join('')

/** OpenAPI 3.1 lets any scheme name roles; one requirement of several is enough. */
const securityOf = (access: Access) => {
  if (access === 'optional') return [{}, { bearer: [] }]
  if (access === 'signed-in') return [{ bearer: [] }]
  return access.map((role) => ({ bearer: [role] }))
}

const describe = (description: string | undefined, access: Access) => {
  const who = typeof access === 'string' ? [] : [`For: ${access.join(', ')}.`]
  return [description, ...who].filter(Boolean).join(' ') || undefined
}

type Place = 'path' | 'query' | 'header'

/** Also for the `detail.parameters` of a route that reads its URL itself, past Elysia. */
export const parametersOf = (schema: z.ZodType | undefined, place: Place) => {
  if (!schema) return []
  const { properties = {}, required = [] } = jsonSchemaOf(schema, 'input').schema
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, { description, ...rest }]) => ({
    name: place === 'header' ? name.replace(/\b[a-z]/g, (letter) => letter.toUpperCase()) : name,
    in: place,
    required: place === 'path' || required.includes(name),
    description,
    schema: rest,
  }))
}

const responseOf = (status: number, schema: z.ZodType, { replays }: { replays: boolean }) => {
  const { description, headers = [] } = STATUSES[status] ?? { description: 'Done.' }
  const names = ['X-Request-Id', ...headers, ...(replays && status < 300 ? ['Idempotent-Replayed'] : [])]
  return {
    description,
    headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    ...(isNothing(schema) ? {} : { content: schema === ProblemJson ? problemContent(status) : contentOf(schema) }),
  }
}

const isNothing = (schema: z.ZodType) => schema instanceof z.ZodUndefined

const contentOf = (schema: z.ZodType, io: 'input' | 'output' = 'output') => {
  const { schema: json, example } = jsonSchemaOf(schema, io)
  return { [json.type === 'string' ? 'text/plain' : 'application/json']: { schema: json, example } }
}

const problemContent = (status: number) => ({
  'application/problem+json': {
    schema: { $ref: '#/components/schemas/Problem' },
    example: {
      type: `/problems/${STATUSES[status]!.slug}`,
      title: STATUSES[status]!.slug!.replace(/^./, (first) => first.toUpperCase()).replaceAll('-', ' '),
      status,
      detail: STATUSES[status]!.description,
      instance: 'req_AZN_Wnscfz6dKl8Oi2pMIQ-2a',
    },
  },
})

/** The example of a schema goes beside it, where every tool looks for one. */
const jsonSchemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, examples, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', override: plainer })
  return { schema: rest as JsonSchema, example: (examples as unknown[] | undefined)?.[0] }
}

/** Leaves out what only repeats: the bounds of a safe integer, and the pattern of a format that has a name. */
const plainer = ({ jsonSchema }: { jsonSchema: JsonSchema }) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (jsonSchema.format) delete jsonSchema.pattern
}

type Status = { description: string; slug?: string; headers?: string[] }

const LIMIT_HEADERS = ['Retry-After', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset']

const STATUSES: Record<number, Status> = {
  200: { description: 'Done.' },
  201: { description: 'Made.' },
  202: { description: 'Taken on; the answer says no more.' },
  204: { description: 'Done; there is nothing to say.' },
  400: { description: 'The body, a parameter or a header cannot be parsed.', slug: 'malformed-body' },
  401: { description: 'It is not known who is asking.', slug: 'unauthenticated', headers: ['WWW-Authenticate'] },
  403: { description: 'This is not yours to do.', slug: 'forbidden' },
  404: { description: 'There is no such thing, or it is not for you to know of.', slug: 'order-not-found' },
  409: { description: 'The state as it is now does not allow it.', slug: 'order-not-open' },
  413: { description: 'The body is too large.', slug: 'body-too-large' },
  415: { description: 'The body is not application/json.', slug: 'unsupported-media-type' },
  422: { description: 'Understood, but not valid by its schema or by a rule.', slug: 'invalid-request' },
  429: { description: 'Too many attempts.', slug: 'too-many-requests', headers: LIMIT_HEADERS },
  500: { description: 'Something went wrong on our side.', slug: 'internal-error' },
  503: { description: 'A store does not answer, or is too busy.', slug: 'store-unavailable', headers: ['Retry-After'] },
}

const header = (description: string, type = 'string') => ({ description, schema: { type } })

export const components = {
  schemas: { Problem: jsonSchemaOf(ProblemJson, 'output').schema },
  headers: {
    'X-Request-Id': header('The id of this request: sent by the caller, or given by the server.'),
    'WWW-Authenticate': header('The scheme to sign in with.'),
    'Retry-After': header('Seconds to wait before another attempt.', 'integer'),
    'RateLimit-Limit': header('Attempts allowed in the window.', 'integer'),
    'RateLimit-Remaining': header('Attempts left in the window.', 'integer'),
    'RateLimit-Reset': header('Seconds until the window ends.', 'integer'),
    'Idempotent-Replayed': header('`true`: the stored answer to an earlier request with the same key.'),
  },
  securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
}
