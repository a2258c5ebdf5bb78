import { describe, expect, test } from 'bun:test'
import { isAlive, runBounded } from './runner-process'

const bounds = (limitMs: number) => ({
  env: process.env,
  limitMs,
  limitName: 'the limit of a trial',
  mark: `trial-${process.pid}-${crypto.randomUUID()}`,
  signal: new AbortController().signal,
})

/** Runs a shell script that says on standard error which processes it started, one number a line. */
const runScript = async (script: string, limits: ReturnType<typeof bounds>) => {
  const pids: number[] = []
  const onLine = (line: string) => pids.push(Number(line))
  const run = await runBounded(['sh', '-c', script], { ...limits, onLine })
  return { ...run, pids }
}

describe('a bounded program', () => {
  test('ends with its own exit code, and its last lines are kept', async () => {
    const lines: string[] = []
    const limits = { ...bounds(10_000), onLine: (line: string) => lines.push(line) }
    const run = await runBounded(['sh', '-c', 'echo one >&2; printf two >&2; exit 3'], limits)
    expect(run).toEqual({ exitCode: 3, stopped: null, tail: 'one\ntwo\n' })
    expect(lines).toEqual(['one', 'two'])
  })

  test('is stopped at its limit together with its children, and that is not its success', async () => {
    const run = await runScript('sleep 61 & echo $! >&2; wait; exit 0', bounds(200))
    expect(run.stopped).toBe('stopped at the limit of a trial')
    expect(run.pids).toHaveLength(1)
    expect(run.pids.filter(isAlive)).toEqual([])
  })

  test('is stopped when the run is interrupted', async () => {
    const interruption = new AbortController()
    const running = runScript('echo $$ >&2; exec sleep 62', { ...bounds(10_000), signal: interruption.signal })
    interruption.abort()
    expect((await running).stopped).toBe('interrupted')
  })

  test('leaves nothing behind when it ends by itself', async () => {
    const run = await runScript('sleep 63 & echo $! >&2; exit 0', bounds(10_000))
    expect(run).toMatchObject({ exitCode: 0, stopped: null })
    expect(run.pids.filter(isAlive)).toEqual([])
  })

  // Only Linux lets us find a process that has left its group; elsewhere it lives on.
  const daemon = 'setsid sh -c "echo \\$\\$ >&2; exec sleep 64" & sleep 0.3; exit 0'
  const expectedAlive = process.platform === 'linux' ? 0 : 1
  test('does not leave a daemon behind either', async () => {
    const run = await runScript(daemon, bounds(10_000))
    expect(run.pids).toHaveLength(1)
    expect(run.pids.filter(isAlive)).toHaveLength(expectedAlive)
  })
})
