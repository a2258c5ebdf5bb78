import type { Answered, Answers, Asked, Task } from './worker-messages'

/** In the executable a worker is known by its path from the root of the repository, elsewhere by where it lies. */
const entryOf = (): string =>
  import.meta.url.includes('/$bunfs/')
    ? './modules/routing/speeds/worker.ts'
    : new URL('./worker.ts', import.meta.url).href

type Waiting = {
  resolve: (answer: never) => void
  reject: (error: Error) => void
  timer: ReturnType<typeof setTimeout>
}

/**
 * The thread, started when it is first asked. It does one thing after the other. One that dies, or takes longer than it
 * may, fails what it was asked; the next question starts another one.
 */
export const createThread = (onCrash: () => void) => {
  let worker: Worker | undefined
  let lastId = 0
  const waiting = new Map<number, Waiting>()

  const giveUp = (which: Worker, reason: string) => {
    if (worker !== which) return
    worker = undefined
    which.terminate()
    const failed = [...waiting.values()]
    waiting.clear()
    for (const { reject, timer } of failed) {
      clearTimeout(timer)
      reject(new Error(reason))
    }
  }

  const crash = (which: Worker, reason: string) => {
    if (worker === which) onCrash()
    giveUp(which, reason)
  }

  const started = (): Worker => {
    if (worker) return worker
    const made = new Worker(entryOf())
    // It does not keep the process from ending.
    made.unref()
    made.onmessage = ({ data }: MessageEvent<Answered>) => settle(data)
    made.onerror = (event) => crash(made, `the thread of speeds failed: ${event.message}`)
    made.addEventListener('close', () => crash(made, 'the thread of speeds ended'))
    worker = made
    return made
  }

  const settle = (answered: Answered) => {
    const one = waiting.get(answered.id)
    if (!one) return
    waiting.delete(answered.id)
    clearTimeout(one.timer)
    if ('error' in answered) one.reject(new Error(answered.error))
    else one.resolve(answered.answer as never)
  }

  const ask = <T extends Task>(task: T, timeoutMs: number): Promise<Answers[T['kind']]> =>
    new Promise((resolve, reject) => {
      const to = started()
      const id = ++lastId
      const timer = setTimeout(
        () => crash(to, `the thread of speeds took longer than ${timeoutMs / 1_000} s`),
        timeoutMs,
      )
      waiting.set(id, { resolve, reject, timer })
      to.postMessage({ id, task } satisfies Asked)
    })

  return {
    ask,
    stop: () => {
      if (worker) giveUp(worker, 'the process stops')
    },
  }
}

export type SpeedThread = ReturnType<typeof createThread>
