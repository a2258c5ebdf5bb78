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
/** Version, trace id, parent id, flags, and what a later version may add. Several headers arrive as one, with commas. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?$/
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8
const ALL_ZERO = /^0+$/

const traceOf = (header: string | null): Trace => {
  const parent = parentOf(header)
  const random = randomHex(TRACE_ID_BYTES + SPAN_ID_BYTES)
  return {
    traceId: parent?.traceId ?? random.slice(0, TRACE_ID_BYTES * 2),
    spanId: random.slice(TRACE_ID_BYTES * 2),
    sampled: parent?.sampled ?? false,
  }
}

/** By W3C Trace Context: version 00 ends after its four fields, ff is none, and of a later version these four are read. */
const parentOf = (header: string | null): Pick<Trace, 'traceId' | 'sampled'> | undefined => {
  const [, version, traceId, spanId, flags, more] = header?.match(TRACEPARENT) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (ALL_ZERO.test(traceId!) || ALL_ZERO.test(spanId!)) return undefined
  return { traceId: traceId!, sampled: (Number.parseInt(flags!, 16) & 1) === 1 }
}

const randomHex = (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')

const storage = new AsyncLocalStorage<RequestContext>()

export const requestContext = (): RequestContext | undefined => storage.getStore()

export const withRequestContext = <T>(context: RequestContext, run: () => T): T => storage.run(context, run)

/** The header that carries our trace to another service. */
export const traceparent = ({ trace: { traceId, spanId, sampled } }: RequestContext): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
