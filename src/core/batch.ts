import { Problem } from '#core/problem'

export type BatchLimits = {
  /** Items in one batch, at most. */
  itemsMax: number
  /** Batches under way at once. */
  inFlightMax: number
  /** Items that may wait; one more is refused with 503. */
  waitingMax: number
}

type Waiting<T, R> = { item: T; resolve: (result: R) => void; reject: (reason: unknown) => void }

/**
 * Group commit: an item goes at once when nothing is under way, and together with others when it had to wait, so it
 * costs no time when it is quiet and saves work under load. `run` settles each item for itself.
 */
export const batcher = <T, R>(
  run: (items: readonly T[]) => Promise<PromiseSettledResult<R>[]>,
  { itemsMax, inFlightMax, waitingMax }: BatchLimits,
) => {
  const waiting: Waiting<T, R>[] = []
  let inFlight = 0

  const runBatch = async (batch: readonly Waiting<T, R>[]) => {
    inFlight++
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
      inFlight--
      pump()
    }
  }

  const pump = () => {
    while (inFlight < inFlightMax && waiting.length > 0) void runBatch(waiting.splice(0, sizeOf(waiting.length)))
  }

  // Powers of two: a statement of one length is prepared once, and few lengths are few statements.
  const sizeOf = (count: number) => Math.min(itemsMax, 2 ** Math.floor(Math.log2(count)))

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
