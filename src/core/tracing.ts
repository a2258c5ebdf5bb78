import { AsyncLocalStorage } from 'node:async_hooks'
import type { Attributes, HrTime } from '@opentelemetry/api'
import type { BatchSpanProcessor, ReadableSpan } from '@opentelemetry/sdk-trace'
import type { Config } from '#core/config'
import { log } from '#core/log'
import { counter } from '#core/metrics'
import { newTrace, requestContext, type Trace } from '#core/request-context'

/** Span kinds of OpenTelemetry, by its numbers. */
const KINDS = { internal: 0, server: 1, client: 2 } as const
type Kind = keyof typeof KINDS

export type Span = {
  name: string
  kind: Kind
  trace: Trace
  /** By performance.now(). */
  startedMs: number
  attributes: Attributes
  failed: boolean
}

const QUEUE_MAX = 2_048
const EXPORT_EVERY_MS = 2_000
const EXPORT_TIMEOUT_MS = 5_000
const FAILURE_LOGGED_EVERY_MS = 60_000

const failedExports = counter('trace_exports_failed_total', 'Exports of traces that failed; their spans are lost')

type Exporting = Pick<BatchSpanProcessor, 'onEnd' | 'shutdown'> &
  Pick<ReadableSpan, 'resource' | 'instrumentationScope'>

let exporting: Exporting | undefined

export const tracingIsOn = () => exporting !== undefined

type Settings = Pick<
  Config,
  'OTEL_EXPORTER_OTLP_ENDPOINT' | 'OTEL_EXPORTER_OTLP_HEADERS' | 'OTEL_SERVICE_NAME' | 'MODULES' | 'HOST' | 'PORT'
>

/**
 * Sends sampled spans to a collector by OTLP over HTTP, in batches beside the requests. Without an endpoint nothing is
 * even loaded. When the collector is away spans are dropped and counted; nobody waits for it.
 */
export const openTracing = async (settings: Settings) => {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT
  if (!endpoint) return
  const [{ BatchSpanProcessor }, { OTLPTraceExporter }, { resourceFromAttributes }, { setGlobalErrorHandler }] =
    await Promise.all([
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/core'),
    ])
  setGlobalErrorHandler(exportFailed())
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const processor = new BatchSpanProcessor({
    exporter,
    maxQueueSize: QUEUE_MAX,
    scheduledDelayMillis: EXPORT_EVERY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
  exporting = {
    onEnd: (span) => processor.onEnd(span),
    shutdown: () => processor.shutdown(),
    resource: resourceFromAttributes({
      'service.name': settings.OTEL_SERVICE_NAME,
      'service.instance.id': `${settings.HOST}:${settings.PORT}`,
      'ridendine.modules': settings.MODULES.join(),
    }),
    instrumentationScope: { name: 'ridendine' },
  }
}

/** Sends what is left, and waits for that a few seconds at most. */
export const closeTracing = async () => {
  const closing = exporting
  exporting = undefined
  await Promise.race([closing?.shutdown().catch(() => failedExports.inc()), Bun.sleep(EXPORT_TIMEOUT_MS)])
}

const exportFailed = () => {
  let loggedMs = Number.NEGATIVE_INFINITY
  return () => {
    failedExports.inc()
    if (performance.now() - loggedMs < FAILURE_LOGGED_EVERY_MS) return
    loggedMs = performance.now()
    log.warn({}, 'traces cannot be exported; they are dropped until the collector answers')
  }
}

/** A span that ends now. Does nothing for a trace that is not sampled. */
export const endSpan = ({ name, kind, trace, startedMs, attributes, failed }: Span) => {
  if (!exporting || !trace.sampled) return
  const { traceId, spanId, parentSpanId } = trace
  const endedMs = performance.now()
  const contextOf = (id: string) => ({ traceId, spanId: id, traceFlags: 1 })
  exporting.onEnd({
    name,
    kind: KINDS[kind],
    spanContext: () => contextOf(spanId),
    ...(parentSpanId ? { parentSpanContext: contextOf(parentSpanId) } : {}),
    startTime: hrTime(performance.timeOrigin + startedMs),
    endTime: hrTime(performance.timeOrigin + endedMs),
    duration: hrTime(endedMs - startedMs),
    // 2: ERROR. What is no error has no status, as OpenTelemetry asks of libraries.
    status: { code: failed ? 2 : 0 },
    attributes,
    links: [],
    events: [],
    ended: true,
    resource: exporting.resource,
    instrumentationScope: exporting.instrumentationScope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  })
}

const hrTime = (ms: number): HrTime => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)]

const inner = new AsyncLocalStorage<Trace>()

/** The trace of what runs here: the innermost span, or the request. Undefined outside of both. */
export const currentTrace = (): Trace | undefined => inner.getStore() ?? requestContext()?.trace

/** Runs something as a span of the current trace, or as the first one of a new trace. */
export const inSpan = async <T>(
  name: string,
  { kind = 'internal', attributes = {} }: { kind?: Kind; attributes?: Attributes },
  run: () => Promise<T>,
): Promise<T> => {
  if (!exporting) return run()
  const trace = newTrace(currentTrace())
  if (!trace.sampled) return inner.run(trace, run)
  const startedMs = performance.now()
  let failed = true
  try {
    const result = await inner.run(trace, run)
    failed = false
    return result
  } finally {
    endSpan({ name, kind, trace, startedMs, attributes, failed })
  }
}
