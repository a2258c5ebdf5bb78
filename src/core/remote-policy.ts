import {
  BrokenCircuitError,
  BulkheadRejectedError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel'

/** How long and how often something that is asked over the network is waited for: the same for all that we ask. */

const BACKOFF_MS = { initialDelay: 20, maxDelay: 200 }
/** So many failures in a row, and nobody waits for it any more; one call tries again after a second. */
const FAILURES_MAX = 5
const TRY_AGAIN_AFTER_MS = 1_000

/** `away`: it did not answer. `faulty`: not with what it should. */
export type RemoteFault = 'away' | 'faulty'

/** It did not answer, or not with what it should. */
export class AwayError extends Error {
  constructor(
    readonly outcome: RemoteFault,
    message: string,
    readonly mayRepeat: boolean,
  ) {
    super(message)
  }
}

export type RemotePolicy = {
  attemptsMax: number
  /** Whether an error says that the other side is not well. */
  isFailure: (error: unknown) => boolean
  mayRepeat: (error: unknown) => boolean
  onRepeat: () => void
  onCircuit: (isOpen: boolean, state: string) => void
}

/** One circuit, and calls within deadlines that each cover all attempts. */
export const remotePolicy = ({ attemptsMax, isFailure, mayRepeat, onRepeat, onCircuit }: RemotePolicy) => {
  const circuit = circuitBreaker(handleWhen(isFailure), {
    halfOpenAfter: TRY_AGAIN_AFTER_MS,
    breaker: new ConsecutiveBreaker(FAILURES_MAX),
  })
  circuit.onStateChange((state) => onCircuit(state !== CircuitState.Closed, CircuitState[state]))
  const again = retry(handleWhen(mayRepeat), {
    maxAttempts: attemptsMax - 1,
    backoff: new ExponentialBackoff(BACKOFF_MS),
  })
  again.onRetry(onRepeat)
  return {
    /** Nobody is asked, or only one call to see whether it is back. */
    isOpen: () => circuit.state === CircuitState.Open,
    within: (deadlineMs: number) => wrap(timeout(deadlineMs, TimeoutStrategy.Aggressive), again, circuit),
  }
}

/** How a call ended that did not succeed. */
export const outcomeOf = (error: unknown): string => {
  if (error instanceof AwayError) return error.outcome
  if (error instanceof BrokenCircuitError || error instanceof BulkheadRejectedError) return 'not-tried'
  return error instanceof TaskCancelledError ? 'late' : 'faulty'
}
