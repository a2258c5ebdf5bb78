import { beforeAll, expect, test } from 'bun:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import {
  type Document,
  type Operation,
  operationsOf,
  readDocument,
  routesOfApp,
  schemasOf,
  UNDOCUMENTED_ROUTES,
} from '../support/contract-document'
import { baseUrl, call, useMarket } from '../support/market'

useMarket()

let document: Document
beforeAll(async () => {
  document = await readDocument()
})

/** Looks at every operation; all faults come in one list, each with its operation. */
const faultsOf = (look: (operation: Operation, name: string) => string[]) =>
  operationsOf(document).flatMap(([name, operation]) => look(operation, name).map((fault) => `${name}: ${fault}`))

const missing = (operation: Operation, statuses: number[], why: string) =>
  statuses.filter((status) => !operation.responses[status]).map((status) => `has no ${status}, but ${why}`)

const isSuccess = (status: string) => status.startsWith('2')
const pathOf = (name: string) => name.slice(name.indexOf(' ') + 1)

/** They speak the OSRM protocol: 400 is its `{ code, message }`, whatever is wrong with the URL. */
const OSRM = ['route', 'table', 'nearest', 'match'].map(
  (service) => `GET /routing/${service}/v1/{profile}/{coordinates}`,
)

/** They answer without asking the store. */
const WITHOUT_STORE = [
  ...['GET /health', 'GET /health/live', 'GET /metrics'],
  ...[...OSRM, 'GET /routing/isochrone', 'GET /routing/reverse'],
]

/** They say 401 for wrong credentials in the body; nobody signs in to call them. */
const CREDENTIALS_IN_BODY = ['POST /auth/login', 'POST /auth/refresh']

/** The POSTs that create or move money. */
const MONEY = [
  'POST /quotes',
  'POST /orders',
  'POST /orders/{orderId}/create-payment-intent',
  'POST /orders/{orderId}/refund',
  'POST /payments/simulated/{paymentIntentId}/confirm',
]

test('the document is valid OpenAPI 3.1', async () => {
  const validator = new Validator()
  const result = await validator.validate(structuredClone(document) as Record<string, unknown>)
  expect(result).toEqual({ valid: true })
  expect(document.openapi).toStartWith('3.1.')
})

test('it holds the routes of the app: all of them, and no others', () => {
  const documented = operationsOf(document).map(([name]) => name)
  const served = routesOfApp().filter((route) => !UNDOCUMENTED_ROUTES.includes(route))
  expect(documented.sort()).toEqual(served.sort())
  expect(routesOfApp()).toContainValues(UNDOCUMENTED_ROUTES)
})

test('every operation says what it is, under tags that are declared and used', () => {
  const declared = document.tags.map(({ name }) => name)
  const used = new Set(operationsOf(document).flatMap(([, { tags = [] }]) => tags))
  expect([...used].sort()).toEqual(declared.sort())
  expect(
    faultsOf(({ summary = '', tags = [] }) => [
      ...(/^[A-Z].{5,}[^.]$/.test(summary) ? [] : [`its summary is "${summary}"`]),
      ...(tags.length === 1 ? [] : [`has ${tags.length} tags`]),
    ]),
  ).toEqual([])
})

test('every operation has an id of its own', () => {
  const ids = operationsOf(document).map(([, { operationId }]) => operationId)
  expect(ids.filter((id) => !/^[a-z][A-Za-z0-9]+$/.test(id))).toEqual([])
  expect(new Set(ids).size).toBe(ids.length)
})

test('every operation names its parameters', () => {
  expect(
    faultsOf(({ parameters }, name) => {
      const inPath = parameters.filter((parameter) => parameter.in === 'path').map((parameter) => `{${parameter.name}}`)
      const wanted = name.match(/\{\w+\}/g) ?? []
      return inPath.join() === wanted.join() ? [] : [`has ${wanted} in its path and describes ${inPath}`]
    }),
  ).toEqual([])
})

test('every operation says all the ways in which it may answer', () => {
  expect(
    faultsOf((operation, name) => {
      const { parameters, requestBody, security = [] } = operation
      const has = (place: string) => parameters.some((parameter) => parameter.in === place)
      const roles = security.flatMap(({ bearer = [] }) => bearer)
      return [
        ...missing(operation, [500], 'every route may fail'),
        ...(WITHOUT_STORE.includes(name) ? [] : missing(operation, [503], 'it needs the store')),
        ...(security.length > 0 ? missing(operation, [401], 'it wants a token') : []),
        ...(roles.length > 0 ? missing(operation, [403], 'it is for some roles only') : []),
        ...(OSRM.includes(name) ? missing(operation, [400], 'OSRM refuses by it') : []),
        ...(has('path') && !OSRM.includes(name) ? missing(operation, [400, 404], 'there are ids in its path') : []),
        ...(has('query') && !OSRM.includes(name) ? missing(operation, [400, 422], 'it has a query') : []),
        ...(requestBody ? missing(operation, [400, 413, 415, 422], 'it takes a body') : []),
        ...(MONEY.includes(name) ? missing(operation, [400, 409, 422], 'a key may be malformed or in use') : []),
        ...(Object.keys(operation.responses).filter(isSuccess).length === 1 ? [] : ['has not one way to succeed']),
      ]
    }),
  ).toEqual([])
})

test('errors are problems, and nothing else is; but for what OSRM refuses', () => {
  expect(
    faultsOf(({ responses }, name) =>
      Object.entries(responses).flatMap(([status, { content }]) => {
        const types = Object.keys(content ?? {}).join()
        if (OSRM.includes(name) && status === '400') return types === 'application/json' ? [] : [`400 is ${types}`]
        if (!isSuccess(status)) return types === 'application/problem+json' ? [] : [`${status} is ${types}`]
        if (['202', '204'].includes(status)) return types === '' ? [] : [`${status} has content`]
        return ['application/json', 'text/plain'].includes(types) ? [] : [`${status} is ${types}`]
      }),
    ),
  ).toEqual([])
})

test('whoever must sign in is told so, and nobody else', () => {
  expect(document.components.securitySchemes).toHaveProperty('bearer')
  expect(
    faultsOf(({ responses, security = [] }, name) => {
      if (CREDENTIALS_IN_BODY.includes(name)) return security.length === 0 ? [] : ['asks for a token']
      const isAsked = security.some((requirement) => 'bearer' in requirement)
      return isAsked === '401' in responses ? [] : [`answers 401: ${'401' in responses}, names a token: ${isAsked}`]
    }),
  ).toEqual([])
  const anyone = operationsOf(document).filter(([, { security }]) => security?.some((one) => !('bearer' in one)))
  expect(anyone.map(([name]) => name)).toEqual(['GET /chefs', 'GET /chefs/{chefId}', 'GET /chefs/{chefId}/menu'])
})

test('roles are named where they matter', () => {
  const roles = Object.fromEntries(
    operationsOf(document).map(([name, { security = [] }]) => [name, security.flatMap(({ bearer = [] }) => bearer)]),
  )
  expect(roles['PATCH /orders/{orderId}/accept']).toEqual(['chef'])
  expect(roles['PATCH /orders/{orderId}/cancel']).toEqual(['customer', 'chef', 'admin'])
  expect(roles['GET /orders/{orderId}']).toEqual([])
})

test('what moves money takes an idempotency key, and says when an answer is a replay', () => {
  const withKey = operationsOf(document).filter(([, { parameters }]) =>
    parameters.some((parameter) => parameter.in === 'header' && parameter.name === 'Idempotency-Key'),
  )
  expect(withKey.map(([name]) => name).sort()).toEqual(MONEY.sort())
  for (const [, { responses }] of withKey) {
    const [, success] = Object.entries(responses).find(([status]) => isSuccess(status))!
    expect(success.headers).toHaveProperty('Idempotent-Replayed')
  }
})

test('limits and pauses come with the headers that say how long', () => {
  const headersOf = (name: string, status: number) => {
    const [, operation] = operationsOf(document).find(([one]) => one === name)!
    return Object.keys(operation.responses[status]!.headers!)
  }
  expect(headersOf('POST /auth/login', 429)).toContainValues(['Retry-After', 'RateLimit-Limit', 'RateLimit-Reset'])
  expect(headersOf('GET /orders', 503)).toContain('Retry-After')
  expect(headersOf('GET /orders', 401)).toContain('WWW-Authenticate')
  expect(faultsOf(({ responses }) => Object.values(responses).flatMap(withoutRequestId))).toEqual([])
})

const withoutRequestId = ({ headers = {} }: { headers?: object }) =>
  'X-Request-Id' in headers ? [] : ['has an answer without X-Request-Id']

test('bodies are JSON only, and what has a default need not be sent', () => {
  expect(
    faultsOf(({ requestBody, parameters }) => [
      ...Object.keys(requestBody?.content ?? {})
        .filter((type) => type !== 'application/json')
        .map((type) => `offers ${type}`),
      ...requiredDefaults(requestBody?.content['application/json']?.schema),
      ...parameters
        .filter(({ schema, required }) => schema.default !== undefined && required)
        .map(({ name }) => `requires ${name}, which has a default`),
    ]),
  ).toEqual([])
  const accept = document.paths['/orders/{orderId}/accept']!.patch!
  expect(accept.requestBody!.required).toBe(false)
  expect(document.paths['/orders']!.post!.requestBody!.required).toBe(true)
})

type Fields = { properties?: Record<string, { default?: unknown }>; required?: string[] }

const requiredDefaults = (schema: object = {}) => {
  const { properties = {}, required = [] } = schema as Fields
  return required.filter((name) => properties[name]?.default !== undefined).map((name) => `requires ${name}`)
}

test('every body and every answer has an example, which fits its schema', () => {
  const faultsIn = schemasOf(document)
  const check = (path: string[], content: Record<string, { example?: unknown }> = {}) =>
    Object.entries(content).flatMap(([type, { example }]) =>
      example === undefined
        ? [`${path.at(-2)} ${path.at(-1)} has no example`]
        : faultsIn([...path, 'content', type, 'schema'], example).map((fault) => `${path.at(-1)} example: ${fault}`),
    )
  expect(
    faultsOf(({ requestBody, responses }, name) => {
      const at = ['paths', pathOf(name), name.split(' ')[0]!.toLowerCase()]
      return [
        ...check([...at, 'requestBody'], requestBody?.content),
        ...Object.entries(responses).flatMap(([status, { content }]) => check([...at, 'responses', status], content)),
      ]
    }),
  ).toEqual([])
})

test('the page is there with all that it loads, from this server alone', async () => {
  const page = await call('GET', '/docs')
  expect(page.status).toBe(200)
  expect(page.headers.get('content-type')).toStartWith('text/html')
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  const assets = [...(page.body as string).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url!)
  expect(assets.length).toBe(3)
  for (const url of assets) {
    expect(url).toStartWith('/docs/')
    const asset = await fetch(`${baseUrl()}${url}`)
    expect(asset.status).toBe(200)
    expect(asset.headers.get('content-type')).toMatch(url.endsWith('.css') ? /^text\/css/ : /^text\/javascript/)
    expect((await asset.text()).length).toBeGreaterThan(100)
  }
})

test('the document is sent as JSON', async () => {
  const { headers } = await call('GET', '/docs/json')
  expect(headers.get('content-type')).toStartWith('application/json')
})
