/** What a benchmark has started and must end: once, the last first, whether it finished, failed or was interrupted. */

type Step = () => unknown

export const INTERRUPTED_EXIT_CODE = 130

const steps: Step[] = []
let running: Promise<void> | undefined

/** Aborted at the first request to stop. */
export const interruption = new AbortController()

export const onCleanup = (step: Step) => {
  steps.push(step)
}

export const cleanUp = (): Promise<void> => (running ??= runAll())

const runAll = async () => {
  for (const step of steps.splice(0).reverse()) {
    try {
      await step()
    } catch (error) {
      console.error(`Could not tidy up: ${error instanceof Error ? error.message : error}`)
    }
  }
}

/** Ctrl-C comes from the terminal and again from the program that started us: together they are one request. */
const ONE_REQUEST_MS = 1_000

/** A second request does not wait for the tidying up. */
export const cleanUpOnSignals = () => {
  let firstMs = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, async () => {
      if (interruption.signal.aborted) {
        if (performance.now() - firstMs > ONE_REQUEST_MS) process.exit(INTERRUPTED_EXIT_CODE)
        return
      }
      firstMs = performance.now()
      interruption.abort()
      await cleanUp()
      process.exit(INTERRUPTED_EXIT_CODE)
    })
  }
}
