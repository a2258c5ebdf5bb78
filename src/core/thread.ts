/** What a thread is sent, and what it sends back for it. */
export type Asked<Task> = { id: number; task: Task }
export type Answered<Answer> = { id: number; answer: Answer } | { id: number; error: string }

type Waiting<Answer> = {
  resolve: (answer: Answer) => void
  reject: (error: Error) => void
  timer: ReturnType<typeof setTimeout>
}

type Options = {
  /** In words, for errors. */
  name: string
  /** Of its first file, from the root of the repository; src/cli/build/bundle.ts names it too. */
  path: string
  /** It died, or took longer than it may. */
  onCrash: () => void
}

/** In the executable a worker is known by its path from the root of the repository, elsewhere by where it lies. */
const entryOf = (path: string): string =>
  import.meta.url.includes('/$bunfs/') ? `./${path}` : new URL(`../../${path}`, import.meta.url).href

/**
 * A thread beside the requests, started when it is first asked. It does one thing after the other. One that dies, or takes
 * longer than it may, fails what it was asked; the next question starts another one.
 */
export const createThread = <Task, Answer>({ name, path, onCrash }: Options) => {
  let worker: Worker | undefined
  let lastId = 0
  const waiting = new Map<number, Waiting<Answer>>()

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
    const made = new Worker(entryOf(path))
    // It does not keep the process from ending.
    made.unref()
    made.onmessage = ({ data }: MessageEvent<Answered<Answer>>) => settle(data)
    made.onerror = (event) => crash(made, `the thread of ${name} failed: ${event.message}`)
    made.addEventListener('close', () => crash(made, `the thread of ${name} ended`))
    worker = made
    return made
  }

  const settle = (answered: Answered<Answer>) => {
    const one = waiting.get(answered.id)
    if (!one) return
    waiting.delete(answered.id)
    clearTimeout(one.timer)
    if ('error' in answered) one.reject(new Error(answered.error))
    else one.resolve(answered.answer)
  }

  return {
    /** What `moved` holds is handed over without copying. */
    ask: (task: Task, timeoutMs: number, moved: ArrayBuffer[] = []): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const to = started()
        const id = ++lastId
        const timer = setTimeout(
          () => crash(to, `the thread of ${name} took longer than ${timeoutMs / 1_000} s`),
          timeoutMs,
        )
        waiting.set(id, { resolve, reject, timer })
        to.postMessage({ id, task } satisfies Asked<Task>, moved)
      }),
    stop: () => {
      if (worker) giveUp(worker, 'the process stops')
    },
  }
}
