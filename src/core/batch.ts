import { Problem } from '#core/problem'

export type BatchLimits = {
  /** Items in one batch, at most. */
  itemsMax: number
  /** Batches under way at once: more than one only beside one that is full or slow. */
  inFlightMax: number
  /** A batch that takes longer no longer holds up those that came after it: it may wait for a lock. */
  slowMs: number
  /** Items that may wait; one more is refused with 503. */
  waitingMax: number
}

/** For what requests wait for: batches large enough to save work, and none that holds up the next one for long. */
export const REQUEST_BATCHES: BatchLimits = { itemsMax: 32, inFlightMax: 3, slowMs: 50, waitingMax: 5_000 }

type Waiting<T, R> = { item: T; resolve: (result: R) => void; reject: (reason: unknown) => void }

/**
 * Group commit: an item goes at once when nothing is under way, and together with others when it had to wait, so it
 * costs no time when it is quiet and saves work under load. `run` settles each item for itself.
 */
export const batcher = <T, R>(
  run: (items: readonly T[]) => Promise<PromiseSettledResult<R>[]>,
  { itemsMax, inFlightMax, slowMs, waitingMax }: BatchLimits,
) => {
  const waiting: Waiting<T, R>[] = []
  let inFlight = 0
  /** Those under way that nobody waits for any longer. */
  let slow = 0

  const runBatch = async (batch: readonly Waiting<T, R>[]) => {
    inFlight++
    let isSlow = false
    const timer = setTimeout(() => {
      isSlow = true
      slow++
      pump()
    }, slowMs)
    try {
      const results = await run(batch.map(({ item }) => item))
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index]!
        if (result.status === 'fulfilled') resolve(result.value)
        else reject(result.reason)
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    } finally {
      clearTimeout(timer)
      if (isSlow) slow--
      inFlight--
      pump()
    }
  }

  const mayStart = () => inFlight < inFlightMax && (inFlight === slow || waiting.length >= itemsMax)

  const pump = () => {
    while (waiting.length > 0 && mayStart()) void runBatch(waiting.splice(0, itemsMax))
  }

  return (item: T): Promise<R> => {
    if (waiting.length >= waitingMax) throw tooBusy()
    return new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      pump()
    })
  }
}

const tooBusy = () =>
  new Problem(503, 'busy', 'More is coming in than can be written. Try again shortly.', {
    headers: { 'retry-after': '1' },
  })
