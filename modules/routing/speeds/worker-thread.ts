import { createThread as startThread } from '#core/thread'
import type { Answers, Task } from './worker-messages'

/** The thread that matches fixes and customises roads. */
export const createThread = (onCrash: () => void) => {
  const thread = startThread<Task, Answers[keyof Answers]>({
    name: 'speeds',
    path: 'modules/routing/speeds/worker.ts',
    onCrash,
  })
  return {
    ask: <T extends Task>(task: T, timeoutMs: number) => thread.ask(task, timeoutMs) as Promise<Answers[T['kind']]>,
    stop: thread.stop,
  }
}

export type SpeedThread = ReturnType<typeof createThread>
