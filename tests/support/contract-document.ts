import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020'
import addFormats from 'ajv-formats'
import { createApp } from '#app'
import type { Exchange } from './contract-recorder'
import { call } from './market'

/** The API's document as the tests read it, and the routes that the app really has. */

type Media = { schema: object; example?: unknown }
export type Answer = { description: string; headers?: Record<string, unknown>; content?: Record<string, Media> }
export type Parameter = { name: string; in: string; required: boolean; schema: { default?: unknown } }
export type Operation = {
  summary?: string
  description?: string
  tags?: string[]
  operationId: string
  security?: Record<string, string[]>[]
  parameters: Parameter[]
  requestBody?: { required: boolean; content: Record<string, Media> }
  responses: Record<string, Answer>
}
export type Document = {
  openapi: string
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { securitySchemes: Record<string, unknown> }
}

export const readDocument = async (): Promise<Document> => (await call('GET', '/docs/json')).body

/** An operation is named as people speak of it: `PATCH /orders/{orderId}/accept`. */
export const operationsOf = ({ paths }: Document): [name: string, operation: Operation][] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): [string, Operation] => [
      `${method.toUpperCase()} ${path}`,
      operation,
    ]),
  )

/** What processes of ours ask each other: for service credentials only. */
export const INTERNAL_ROUTES = [
  ...['listOffers', 'driverRoute', 'listBoard', 'claimOrder', 'acceptOffer', 'declineOffer'].map(
    (name) => `POST /internal/dispatch/${name}`,
  ),
  ...['leg', 'route', 'table', 'durations', 'findAddress'].map((name) => `POST /internal/routing/${name}`),
]

/** What is served besides the API: the page that shows the document, the socket, which OpenAPI has no words for, and that. */
export const UNDOCUMENTED_ROUTES = [
  ...INTERNAL_ROUTES,
  // Answers that there is no such service, in the words of OSRM.
  'GET /routing/*',
  'GET /docs',
  'GET /docs/json',
  'GET /docs/assets/start.js',
  'GET /docs/assets/swagger-ui-bundle.js',
  'GET /docs/assets/swagger-ui.css',
  'WS /realtime',
]

/** The names of all routes that the app answers, in the words of the document. */
export const routesOfApp = (): string[] =>
  createApp().app.routes.map(
    ({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}').replace(/(.)\/$/, '$1')}`,
  )

const isPathOf = (template: string, path: string) =>
  new RegExp(`^${template.replace(/\{\w+\}/g, '[^/]+')}$`).test(path.replace(/(.)\/$/, '$1'))

/** The operation that answers a request; a fixed path goes before one with a parameter, as in the router. */
export const operationFor = (document: Document, method: string, path: string): string | undefined =>
  operationsOf(document)
    .map(([name]) => name)
    .filter((name) => name.startsWith(`${method} `) && isPathOf(name.slice(method.length + 1), path))
    .sort((a, b) => a.split('{').length - b.split('{').length)[0]

/** Compiles schemas of a document where they stand, so that their references are followed. */
export const schemasOf = (document: Document) => {
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  // Instants are told in UTC; the format by itself would let any offset pass.
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/)
  ajv.addSchema(document, 'document')
  const compiled = new Map<string, ValidateFunction>()

  /** What is wrong with a value by the schema at `path` of the document; empty when nothing is. */
  return (path: string[], value: unknown): string[] => {
    const pointer = path.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')
    let validate = compiled.get(pointer)
    if (!validate) {
      validate = ajv.compile({ $ref: `document#/${pointer}` })
      compiled.set(pointer, validate)
    }
    if (validate(value)) return []
    return validate.errors!.map(
      ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
    )
  }
}

/** How an answer differs from what the document says of its operation; looks at one exchange after the other. */
export const undocumented = (document: Document) => {
  const faultsIn = schemasOf(document)
  return (exchange: Exchange): string[] => {
    const { status, contentType, text, method } = exchange
    const name = operationFor(document, method, exchange.path)
    if (!name) return status === 404 ? [] : ['is not in the document']
    const path = name.slice(name.indexOf(' ') + 1)
    const answer = document.paths[path]![method.toLowerCase()]!.responses[status]
    if (!answer) return [`${status} is not documented`]
    const [type] = Object.keys(answer.content ?? {})
    if (!type) return text === '' ? [] : ['has a body, and the document says it has none']
    if (contentType.split(';')[0] !== type) return [`is ${contentType}, not ${type}`]
    const body = type.includes('json') ? JSON.parse(text) : text
    return faultsIn(['paths', path, method.toLowerCase(), 'responses', String(status), 'content', type, 'schema'], body)
  }
}
