import { AsyncLocalStorage } from 'node:async_hooks'
import { config } from '#core/config'
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
    this.#trace ??= newTrace(parentOf(this.headers.get('traceparent')))
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

/** Hex ids as in W3C Trace Context. `parentSpanId` is the caller's, if there is one. */
export type Trace = { traceId: string; spanId: string; parentSpanId?: string; sampled: boolean }

const SAFE_REQUEST_ID = /^[\w.-]{8,64}$/
/** Version, trace id, parent id, flags, and what a later version may add. Several headers arrive as one, with commas. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[^,]*)?$/
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8
const ALL_ZERO = /^0+$/

/** The next span below a parent, or the first of a new trace: then sampled by the configured ratio, by its id. */
export const newTrace = (parent: Parent | undefined): Trace => {
  const random = randomHex(TRACE_ID_BYTES + SPAN_ID_BYTES)
  const spanId = random.slice(TRACE_ID_BYTES * 2)
  if (parent) return { traceId: parent.traceId, parentSpanId: parent.spanId, spanId, sampled: parent.sampled }
  const traceId = random.slice(0, TRACE_ID_BYTES * 2)
  return { traceId, spanId, sampled: isSampled(traceId) }
}

type Parent = Pick<Trace, 'traceId' | 'spanId' | 'sampled'>

const SAMPLED_DIGITS = 8

/** By the id and not by chance, so that everyone who asks of one trace says the same. */
const isSampled = (traceId: string) => {
  const { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG } = config()
  if (!OTEL_EXPORTER_OTLP_ENDPOINT) return false
  return Number.parseInt(traceId.slice(-SAMPLED_DIGITS), 16) < OTEL_TRACES_SAMPLER_ARG * 16 ** SAMPLED_DIGITS
}

/** By W3C Trace Context: version 00 ends after its four fields, ff is none, and of a later version these four are read. */
const parentOf = (header: string | null): Parent | undefined => {
  const [, version, traceId, spanId, flags, more] = header?.match(TRACEPARENT) ?? []
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined
  if (ALL_ZERO.test(traceId!) || ALL_ZERO.test(spanId!)) return undefined
  return { traceId: traceId!, spanId: spanId!, sampled: (Number.parseInt(flags!, 16) & 1) === 1 }
}

const randomHex = (bytes: number) => Buffer.from(crypto.getRandomValues(new Uint8Array(bytes))).toString('hex')

const storage = new AsyncLocalStorage<RequestContext>()

export const requestContext = (): RequestContext | undefined => storage.getStore()

export const withRequestContext = <T>(context: RequestContext, run: () => T): T => storage.run(context, run)

/** The header that carries our trace to another service. */
export const traceparent = ({ traceId, spanId, sampled }: Trace): string =>
  `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
