/** Runs one program within a time limit and leaves none of its descendants behind. */
import { readdirSync, readFileSync } from 'node:fs'

export type BoundedRun = {
  exitCode: number | null
  /** Why it was stopped, or null when it ended by itself. */
  stopped: string | null
  /** The last lines that it wrote to standard error. */
  tail: string
}

type Bounds = {
  env: Record<string, string | undefined>
  limitMs: number
  /** Named in the message when the limit is reached, such as `the limit of 6 min for unit`. */
  limitName: string
  /** Put into the environment of the program, and so of all it starts: what still has it at the end is stopped. */
  mark: string
  signal: AbortSignal
  /** Called for each whole line of standard error. */
  onLine?: (line: string) => void
}

const markName = 'RIDENDINE_TEST_STEP'
/** Between the request to end and the end by force. */
const graceMs = 5000
const tailLinesMax = 60
/** How long a program that has ended may keep its output open through a child that it left behind. */
const drainMs = 3000
const pollMs = 50

/**
 * Both of its outputs go to our standard output, so that one stream has everything in order and the sums come last.
 * The program leads a process group of its own: a signal reaches all that it started, and Ctrl-C reaches only us.
 */
export const runBounded = async (command: string[], bounds: Bounds): Promise<BoundedRun> => {
  const child = Bun.spawn(command, {
    env: { ...bounds.env, [markName]: bounds.mark },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    detached: true,
  })
  let stopped: string | null = null
  const stop = (reason: string) => {
    stopped ??= reason
    void endGroup(child.pid, child.exited)
  }
  const timer = setTimeout(() => stop(`stopped at ${bounds.limitName}`), Math.max(0, bounds.limitMs))
  const onAbort = () => stop('interrupted')
  bounds.signal.addEventListener('abort', onAbort, { once: true })
  if (bounds.signal.aborted) onAbort()

  const tail: string[] = []
  const drained = Promise.all([
    forward(child.stdout),
    forward(child.stderr, (line) => {
      if (tail.push(line) > tailLinesMax) tail.shift()
      bounds.onLine?.(line)
    }),
  ])
  await child.exited
  clearTimeout(timer)
  bounds.signal.removeEventListener('abort', onAbort)
  signalTo(-child.pid, 'SIGKILL')
  const leftCount = await endMarked(bounds.mark)
  await Promise.race([drained, Bun.sleep(drainMs)])
  if (leftCount > 0) await writeOut(`runner: ended ${leftCount} processes that outlived their step\n`)
  return { exitCode: child.exitCode, stopped, tail: `${tail.join('\n')}\n` }
}

const endGroup = async (pid: number, exited: Promise<number>) => {
  signalTo(-pid, 'SIGTERM')
  await Promise.race([exited, Bun.sleep(graceMs)])
  signalTo(-pid, 'SIGKILL')
}

/** Passes a stream on as it comes, at the pace of whoever reads us, and hands out its whole lines. */
const forward = async (stream: ReadableStream<Uint8Array>, onLine?: (line: string) => void) => {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of stream) {
    await writeOut(chunk)
    if (!onLine) continue
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  }
  if (rest && onLine) onLine(rest)
}

export const writeOut = (text: string | Uint8Array) =>
  new Promise<void>((done) => {
    process.stdout.write(text, () => done())
  })

/**
 * A daemon has left its group, but not its environment. Linux only: elsewhere there is no /proc, and nothing is found.
 * Returns how many there were.
 */
const endMarked = async (mark: string): Promise<number> => {
  const ended = new Set<number>()
  const deadline = performance.now() + graceMs
  for (let found = markedProcesses(mark); found.length > 0; found = markedProcesses(mark)) {
    const signal = performance.now() < deadline ? 'SIGTERM' : 'SIGKILL'
    for (const pid of found) {
      if (signal === 'SIGTERM' && ended.has(pid)) continue
      ended.add(pid)
      signalTo(pid, signal)
    }
    if (performance.now() > deadline + graceMs) break
    await Bun.sleep(pollMs)
  }
  return ended.size
}

const markedProcesses = (mark: string): number[] => {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && environmentOf(name).includes(`${markName}=${mark}`))
    .map(Number)
}

const environmentOf = (pid: string): string[] => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    return [] // it ended meanwhile, or is somebody else's
  }
}

/** A zombie, ended but not yet collected by its parent, is not alive. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

const signalTo = (pid: number, signal: NodeJS.Signals) => {
  try {
    process.kill(pid, signal)
  } catch {
    // it is gone already, which is what was wanted
  }
}
