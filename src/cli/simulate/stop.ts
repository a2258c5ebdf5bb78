/** The run is over, or told to end: every wait and every request throws this, and the actors leave by it. */
export class Stopped extends Error {
  constructor() {
    super('the run was stopped')
  }
}

export type Stop = ReturnType<typeof createStop>

/** One switch for all actors. Cleared again for what is tidied up after them. */
export const createStop = () => {
  const listeners = new Set<() => void>()
  let reason: string | undefined
  const onRaise = (listener: () => void) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  return {
    onRaise,
    /** Waits for something that need not come when all is stopped. */
    orStopped: <T>(promise: Promise<T>) =>
      new Promise<T>((done, fail) => {
        if (reason !== undefined) return fail(new Stopped())
        const off = onRaise(() => fail(new Stopped()))
        promise.then(done, fail).finally(off)
      }),
    get reason() {
      return reason
    },
    check: () => {
      if (reason !== undefined) throw new Stopped()
    },
    raise: (why: string) => {
      if (reason !== undefined) return
      reason = why
      for (const listener of listeners) listener()
    },
    clear: () => {
      reason = undefined
    },
  }
}

/** Runs an actor to its end; being stopped is an end like any other. */
export const untilStopped = async (run: () => Promise<unknown>): Promise<void> => {
  try {
    await run()
  } catch (error) {
    if (!(error instanceof Stopped)) throw error
  }
}
