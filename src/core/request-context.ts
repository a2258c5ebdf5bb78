import { AsyncLocalStorage } from 'node:async_hooks'
import type { Problem } from '#core/problem'

/** What follows a request through the process, for logs and outgoing calls. Made for every request, so it is lazy. */
export class RequestContext {
  readonly startedMs = performance.now()
  readonly requestId: string
  /** Why its body will not be read, if so. */
  bodyRefusal: Problem | undefined
  /** As it came from the network, where its body was read beforehand and another request stands for it. */
  received: Request | undefined
  #trace: Trace | undefined

  constructor(readonly headers: Headers) {
    this.requestId = requestIdOf(headers)
  }

  /** The caller's trace (W3C Trace Context) when it is well-formed, a new one otherwise; made when first asked for. */
  get trace(): Trace {
    this.#trace ??= traceOf(this.headers.get('traceparent'))
    return this.#trace
  }
}

/** The caller's, if it is safe to print, or a new one. */
export const requestIdOf = (headers: Headers): string => {
  const given = headers.get('x-request-id')
  return given !== null && SAFE_REQUEST_ID.test(given) ? given : nextRequestId()
}

// Unique without a random number for each request: the process draws one, then counts.
const PROCESS_TAG = Bun.randomUUIDv7('base64url')
let requestCount = 0
const nextRequestId = () => `req_${PROCESS_TAG}-${(++requestCount).toString(36)}`

export type Trace = { traceId: string; spanId: string; sampled: boolean }

const SAFE_REQUEST_ID = /^[\w.-]{8,64}$/
const TRACEPARENT = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8
const ALL_ZERO = /^0+$/

const traceOf = (header: string | null): Trace => {
  const parent = header?.match(TRACEPARENT)
  const valid = parent && !ALL_ZERO.test(parent[1]!) && !ALL_ZERO.test(parent[2]!)
  const random = randomHex(TRACE_ID_BYTES + SPAN_ID_BYTES)
  return {
    traceId: valid ? parent[1]! : random.slice(0, TRACE_ID_BYTES * 2),
    spanId: random.slice(TRACE_ID_BYTES * 2),
    sampled: valid ? (Number.parseInt(parent[3]!, 16) & 1) === 1 : false,
  }
}

const randomHex = (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')

const storage = new AsyncLocalStorage<RequestContext>()

export const requestContext = (): RequestContext | undefined => storage.getStore()

export const withRequestContext = <T>(context: RequestContext, run: () => T): T => storage.run(context, run)

/** The header that carries our trace to another service. */
export const traceparent = ({ trace: { traceId, spanId, sampled } }: RequestContext): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
