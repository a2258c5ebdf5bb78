/** Runs wrk, the load generator: closed loop, so its latencies are those of a saturated server. */
import { join } from 'node:path'
import { z } from 'zod'
import { findProgram } from '../provision.ts'
import { interruption } from './cleanup.ts'

export const CONNECTIONS = 32
const TIMEOUT_SECONDS = 10
const GRACE_MS = 15_000

const Result = z.object({
  requestCount: z.number(),
  durationMicros: z.number(),
  bytes: z.number(),
  p50Micros: z.number(),
  p99Micros: z.number(),
  /** Answered with 400 or more. */
  refusedCount: z.number(),
  /** Not answered: connection, read, write, timeout. */
  brokenCount: z.number(),
})

/** `cpuShare` of one core: near 1 wrk itself is the limit, and the server might be faster. */
export type Load = z.output<typeof Result> & { cpuShare: number }

export type Target = {
  url: string
  /** Lines for requests.lua. Absent: the URL alone. */
  requestsFile?: string
  /** Every request gets an Idempotency-Key of its own. */
  keyed?: boolean
}

export const runWrk = async ({ url, requestsFile, keyed = false }: Target, seconds: number): Promise<Load> => {
  const script = join(import.meta.dir, 'requests.lua')
  const fixed = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, `--timeout=${TIMEOUT_SECONDS}s`, '-s', script, url]
  const files = requestsFile ? ['--', requestsFile, ...(keyed ? [`key-${Bun.randomUUIDv7()}-`] : [])] : []
  const child = Bun.spawn([findProgram('wrk')!, ...fixed, ...files], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    timeout: seconds * 1000 + GRACE_MS,
    signal: interruption.signal,
  })
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  await child.exited
  const line = out.match(/^RESULT (.*)$/m)?.[1]
  if (!line) throw new Error(`wrk ended without a result (${child.exitCode ?? child.signalCode}): ${err || out}`)
  const result = Result.parse(JSON.parse(line))
  const cpuMicros = Number(child.resourceUsage()?.cpuTime.total ?? 0)
  return { ...result, cpuShare: cpuMicros / result.durationMicros }
}
