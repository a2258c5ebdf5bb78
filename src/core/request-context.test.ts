import { expect, test } from 'bun:test'
import { RequestContext, requestContext, traceparent, withRequestContext } from '#core/request-context'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const contextOf = (headers: Record<string, string> = {}) => new RequestContext(new Headers(headers))

test.each(['abcdefgh', 'req_01J.AB-C', '0123456789'.repeat(6)])('keeps the request id %s', (id) => {
  expect(contextOf({ 'x-request-id': id }).requestId).toBe(id)
})

test.each(['short', 'x'.repeat(65), 'with blank in it', 'with"quote"', 'a/../../b/c', '<script>alert</script>'])(
  'makes an id of its own instead of %p',
  (id) => {
    expect(contextOf({ 'x-request-id': id }).requestId).toMatch(/^req_[\w.-]{8,60}$/)
  },
)

test('no two requests have the same id', () => {
  const ids = Array.from({ length: 1_000 }, () => contextOf().requestId)
  expect(new Set(ids).size).toBe(1_000)
})

test('goes on with the trace of the caller, in a span of its own', () => {
  const { trace } = contextOf({ traceparent: `00-${TRACE}-${SPAN}-01` })
  expect(trace).toMatchObject({ traceId: TRACE, sampled: true })
  expect(trace.spanId).toMatch(/^[0-9a-f]{16}$/)
  expect(trace.spanId).not.toBe(SPAN)
})

test('sampled is the lowest bit of the flags', () => {
  const sampled = (flags: string) => contextOf({ traceparent: `00-${TRACE}-${SPAN}-${flags}` }).trace.sampled
  expect([sampled('00'), sampled('01'), sampled('02'), sampled('03')]).toEqual([false, true, false, true])
})

test.each([`01-${TRACE}-${SPAN}-01`, `cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`, `fe-${TRACE}-${SPAN}-03-`])(
  'reads the first four fields of a later version: %s',
  (header) => {
    const context = contextOf({ traceparent: header })
    expect(context.trace).toMatchObject({ traceId: TRACE, sampled: true })
    // And goes on in the version that it knows, without what it did not understand.
    expect(traceparent(context.trace)).toBe(`00-${TRACE}-${context.trace.spanId}-01`)
  },
)

test.each([
  `00-${TRACE}-${SPAN}`,
  `00-${TRACE}-${SPAN}-01-more`,
  `00-${TRACE}-${SPAN}-01-`,
  `00-${TRACE}-${SPAN}-011`,
  `00-${TRACE}-${SPAN}-1`,
  `00-${TRACE}-${SPAN}-0x`,
  `ff-${TRACE}-${SPAN}-01`,
  `ff-${TRACE}-${SPAN}-01-more`,
  `cc-${TRACE}-${SPAN}-01.more`,
  `cc-${TRACE}-${SPAN}-011`,
  `cc-${TRACE}-${SPAN}`,
  `cc-${'0'.repeat(32)}-${SPAN}-01-more`,
  `cc-${TRACE}-${'0'.repeat(16)}-01-more`,
  `CC-${TRACE}-${SPAN}-01`,
  `c-${TRACE}-${SPAN}-01`,
  `${TRACE}-${SPAN}-01`,
  `00-${TRACE}-${SPAN.toUpperCase()}-01`,
  `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  `cc-${TRACE}-${SPAN}-01-more, 00-${TRACE}-${SPAN}-01`,
  `00-${'0'.repeat(32)}-${SPAN}-01`,
  `00-${TRACE}-${'0'.repeat(16)}-01`,
  `00-${TRACE.toUpperCase()}-${SPAN}-01`,
  `00-${TRACE.slice(1)}-${SPAN}-01`,
  'nonsense',
])('begins a trace of its own after %s', (header) => {
  const { trace } = contextOf({ traceparent: header })
  expect(trace.traceId).toMatch(/^[0-9a-f]{32}$/)
  expect(trace.traceId).not.toBe(TRACE)
  expect(trace.sampled).toBe(false)
})

test('what is sent on to others is well-formed and of the same trace', () => {
  const context = contextOf({ traceparent: `00-${TRACE}-${SPAN}-01` })
  expect(traceparent(context.trace)).toBe(`00-${TRACE}-${context.trace.spanId}-01`)
  expect(traceparent(contextOf().trace)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)
})

test('a trace is made once: every log line of a request has the same', () => {
  const context = contextOf()
  expect(context.trace).toBe(context.trace)
})

test('follows its own request over awaits, among others', async () => {
  const seen = await Promise.all(
    Array.from({ length: 50 }, (_, i) =>
      withRequestContext(contextOf({ 'x-request-id': `request-${i}` }), async () => {
        for (let turns = i % 3; turns > 0; turns--) await new Promise(setImmediate)
        return requestContext()?.requestId
      }),
    ),
  )
  expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => `request-${i}`))
  expect(requestContext()).toBeUndefined()
})
