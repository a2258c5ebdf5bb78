import { bulkhead, wrap } from 'cockatiel'
import { log } from '#core/log'
import { counter, gauge, histogram } from '#core/metrics'
import { AwayError, outcomeOf, remotePolicy } from '#core/remote-policy'
import { inSpan } from '#core/tracing'
import { DeclinedError, RestError, TooMuchError } from './provider.ts'

/** How somebody else's server is asked: not more than it bears, not while it is not well, and not again and again. */

const ATTEMPTS_MAX = 2
/** Questions under way to one server, and those that wait for their turn. */
const CONCURRENT_MAX = 8
const WAITING_MAX = 64

/** Repeats that may be saved up; each answer earns a tenth of one, so that of ten questions one is asked twice at most. */
const REPEATS_MAX = 10
const REPEATS_PER_ANSWER = 0.1

const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
const seconds = histogram(
  'routing_request_duration_seconds',
  'Questions to routing providers and geocoders over the network, all attempts together, by how they ended',
  ['provider', 'kind', 'outcome'],
  SECONDS_BUCKETS,
)
const repeats = counter('routing_repeats_total', 'Attempts at such questions beyond the first', ['provider'])
const isLeft = gauge('routing_circuit_open', '1 while a provider is not asked because it does not answer', ['provider'])

export type Kind = 'leg' | 'table' | 'search'

export type Guard = {
  /** It would not answer now, and is not asked. */
  isResting: () => boolean
  /** Throws what `ask` throws, and what says that it was not asked, or took too long. */
  run: <T>(kind: Kind, ask: (signal: AbortSignal) => Promise<T>) => Promise<T>
}

export const guard = (provider: string, timeoutMs: number): Guard => {
  let restUntilMs = Number.NEGATIVE_INFINITY
  let repeatsLeft = REPEATS_MAX
  isLeft.set({ provider }, 0)
  const policy = remotePolicy({
    attemptsMax: ATTEMPTS_MAX,
    isFailure: (error) => !isAnswer(error),
    mayRepeat: (error) => error instanceof AwayError && error.mayRepeat && repeatsLeft >= 1,
    onRepeat: () => {
      repeatsLeft -= 1
      repeats.inc({ provider })
    },
    onCircuit: (isOpen, circuit) => {
      isLeft.set({ provider }, isOpen ? 1 : 0)
      log.warn({ provider, circuit }, 'a routing provider')
    },
  })
  const asking = wrap(bulkhead(CONCURRENT_MAX, WAITING_MAX), policy.within(timeoutMs))
  const isAtRest = () => performance.now() < restUntilMs

  return {
    isResting: () => isAtRest() || policy.isOpen(),
    run: async (kind, ask) => {
      if (isAtRest()) throw new NotAskedError(`${provider} is not asked for a while`)
      const startedMs = performance.now()
      const ended = (outcome: string) =>
        seconds.observe({ provider, kind, outcome }, (performance.now() - startedMs) / 1000)
      try {
        const answer = await inSpan(`${provider} ${kind}`, { kind: 'client' }, () =>
          asking.execute(({ signal }) => ask(signal)),
        )
        repeatsLeft = Math.min(repeatsLeft + REPEATS_PER_ANSWER, REPEATS_MAX)
        ended('answered')
        return answer
      } catch (error) {
        if (error instanceof RestError) restUntilMs = performance.now() + error.restMs
        const outcome = guardOutcomeOf(error)
        ended(outcome)
        if (!QUIET.has(outcome))
          log.warn({ provider, kind, outcome, err: reasonOf(error) }, 'a routing provider failed')
        throw error
      }
    },
  }
}

/** Nothing was sent. */
export class NotAskedError extends Error {
  readonly outcome = 'not-tried'
}

/** It is well, whatever it said. */
const isAnswer = (error: unknown) =>
  error instanceof RestError ||
  error instanceof DeclinedError ||
  error instanceof TooMuchError ||
  error instanceof NotAskedError

const QUIET = new Set(['not-tried', 'in-parts'])

export const guardOutcomeOf = (error: unknown): string => {
  if (error instanceof TooMuchError) return 'in-parts'
  if (error instanceof RestError || error instanceof DeclinedError || error instanceof NotAskedError) {
    return error.outcome
  }
  return outcomeOf(error)
}

/** Our own words only: what others throw may hold an address, and a key in it. */
const reasonOf = (error: unknown): string => {
  if (error instanceof AwayError || error instanceof RestError || error instanceof DeclinedError) return error.message
  return error instanceof Error ? error.name : 'error'
}
