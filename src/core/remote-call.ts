import { z } from 'zod'
import { log } from '#core/log'
import { counter, gauge, histogram } from '#core/metrics'
import { Problem, ProblemJson, type ProblemStatus } from '#core/problem'
import type { FaceName, Method, Methods } from '#core/remote'
import { AwayError, outcomeOf, remotePolicy } from '#core/remote-policy'
import { requestContext, traceparent } from '#core/request-context'
import { serviceToken } from '#core/service-tokens'
import { currentTrace, inSpan } from '#core/tracing'

/** How a face is asked over HTTP: POST /internal/<module>/<method>, the arguments as a JSON array. */

const ATTEMPTS_MAX = 3
const RETRY_AFTER_SECONDS = 2

const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const callSeconds = histogram(
  'face_call_duration_seconds',
  'Calls of a module that runs in another process, all attempts together, by how they ended',
  ['face', 'method', 'outcome'],
  SECONDS_BUCKETS,
)
const repeats = counter('face_repeats_total', 'Attempts at such calls beyond the first', ['face'])
const isLeft = gauge('face_circuit_open', '1 while calls of a module are refused because it does not answer', ['face'])

type Call = (url: string, method: string, args: readonly unknown[]) => Promise<unknown>

/** The client of one module. One circuit for all its methods. */
export const remoteCaller = (module: FaceName, methods: Methods): Call => {
  isLeft.set({ face: module }, 0)
  const policy = remotePolicy({
    attemptsMax: ATTEMPTS_MAX,
    isFailure: () => true,
    mayRepeat: (error) => error instanceof AwayError && error.mayRepeat,
    onRepeat: () => repeats.inc({ face: module }),
    onCircuit: (isOpen, circuit) => {
      isLeft.set({ face: module }, isOpen ? 1 : 0)
      log.warn({ module, circuit }, 'another module')
    },
  })
  const policies = new Map(Object.entries(methods).map(([name, { deadlineMs }]) => [name, policy.within(deadlineMs)]))

  return async (url, name, args) => {
    const method = methods[name]!
    const startedMs = performance.now()
    const ended = (outcome: string) =>
      callSeconds.observe({ face: module, method: name, outcome }, (performance.now() - startedMs) / 1000)
    try {
      const answer = await inSpan(`${module}.${name}`, { kind: 'client' }, () =>
        policies.get(name)!.execute(({ signal }) => attempt(`${url}/internal/${module}/${name}`, method, args, signal)),
      )
      ended(answer instanceof Problem ? 'refused' : 'ok')
      if (answer instanceof Problem) throw answer
      return answer
    } catch (error) {
      if (error instanceof Problem) throw error
      ended(outcomeOf(error))
      log.warn({ module, method: name, err: String(error) }, 'a call of another module failed')
      throw moduleAway(module)
    }
  }
}

const moduleAway = (module: FaceName) =>
  new Problem(503, 'module-unavailable', `A part of RideNDine (${module}) does not answer at the moment. Try again.`, {
    headers: { 'retry-after': String(RETRY_AFTER_SECONDS) },
  })

/** What the other side said: its answer, or the problem that it threw. Throws AwayError when it said neither. */
const attempt = async (url: string, method: Method, args: readonly unknown[], signal: AbortSignal) => {
  const [context, trace] = [requestContext(), currentTrace()]
  const headers = {
    authorization: `Bearer ${await serviceToken()}`,
    'content-type': 'application/json',
    ...(context && { 'x-request-id': context.requestId }),
    ...(trace && { traceparent: traceparent(trace) }),
  }
  let answer: Response
  let text: string
  try {
    answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(args), redirect: 'error', signal })
    text = await answer.text()
  } catch (error) {
    throw new AwayError('away', String(error), method.kind === 'read' || wasNeverSent(error))
  }
  if (!answer.ok) return refusalOf(answer, text)
  const parsed = method.output.safeParse(parseJson(text))
  if (!parsed.success) throw new AwayError('faulty', `the answer does not fit: ${z.prettifyError(parsed.error)}`, false)
  return parsed.data
}

/** Nobody was there to take it, so nothing has happened. */
const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])
const wasNeverSent = (error: unknown) => NEVER_SENT.has(String((error as { code?: unknown }).code))

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Headers that belong to a problem, not to its way here. */
const PROBLEM_HEADERS = ['retry-after', 'www-authenticate', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']
/** What only the wire can go wrong with: the client of our client has no part in it. */
const OF_THE_WIRE = new Set(['service-credentials', 'service-not-allowed', 'face-mismatch', 'route-not-found'])

/** The problem as it was thrown there. Throws AwayError for what is a fault of the wire. */
const refusalOf = (answer: Response, text: string): Problem => {
  const parsed = ProblemJson.safeParse(parseJson(text))
  if (!parsed.success) throw new AwayError('faulty', `answered ${answer.status} without a problem`, false)
  const { type, title: _, status, detail, instance: __, ...extras } = parsed.data
  const slug = type.replace(/^\/problems\//, '')
  if (OF_THE_WIRE.has(slug)) throw new AwayError('faulty', `answered ${answer.status} ${slug}: ${detail}`, false)
  const headers = Object.fromEntries(
    PROBLEM_HEADERS.flatMap((name) => (answer.headers.has(name) ? [[name, answer.headers.get(name)!]] : [])),
  )
  return new Problem(status as ProblemStatus, slug, detail, { ...extras, headers })
}
