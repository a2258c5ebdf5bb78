/** Whether people who sign in hold up everyone else: /health at a fixed pace, without and with a crowd at the door. */
import { join } from 'node:path'
import { z } from 'zod'
import { interruption } from './cleanup.ts'
import { type Customer, logIn } from './customers.ts'
import { processMicros, strangerRemark, watchStrangers } from './processor-time.ts'
import type { Served } from './stack.ts'
import { percentile } from './statistics.ts'

const LOGINS_AT_ONCE = 100
const PROBES_PER_SECOND = 200
const PROBE_GRACE_MS = 30_000
const EXCESS_MS_MAX = 10

type Pace = { rounds: number; seconds: number }

export type LoginRow = {
  quiet: number[]
  crowded: number[]
  excessMs: number
  failedCount: number
  loginsPerSecond: number
  /** Of the server, each login. */
  loginMicros: number
  strangerShare: number
  isMet: boolean
}

export const measureLogin = async (server: Served, customers: readonly Customer[], pace: Pace): Promise<LoginRow> => {
  const strangers = watchStrangers()
  const quiet: number[] = []
  const crowded: number[] = []
  const sums = { failedCount: 0, loginCount: 0, loginSeconds: 0, micros: 0 }
  for (let round = 0; round < pace.rounds; round++) {
    const without = await probe(server, pace.seconds)
    quiet.push(...without.latencies)
    const crowd = startCrowd(server, customers)
    const beforeMicros = processMicros(server.pid)
    const withCrowd = await probe(server, pace.seconds)
    crowded.push(...withCrowd.latencies)
    const { loginCount, failedCount, seconds } = await crowd.end()
    sums.failedCount += failedCount + without.failedCount + withCrowd.failedCount
    sums.loginCount += loginCount
    sums.loginSeconds += seconds
    sums.micros += processMicros(server.pid) - beforeMicros
  }
  const excessMs = percentile(crowded, 99) - percentile(quiet, 99)
  return {
    quiet,
    crowded,
    excessMs,
    failedCount: sums.failedCount,
    loginsPerSecond: sums.loginCount / sums.loginSeconds,
    loginMicros: sums.micros / sums.loginCount,
    strangerShare: strangers(),
    isMet: excessMs < EXCESS_MS_MAX && sums.failedCount === 0,
  }
}

const Probed = z.object({ latencies: z.array(z.number()), failedCount: z.number() })

const probe = async (server: Served, seconds: number) => {
  const script = join(import.meta.dir, 'latency-probe.ts')
  const args = [`${server.url}/health`, String(seconds), String(PROBES_PER_SECOND)]
  const child = Bun.spawn([process.execPath, '--no-env-file', '--no-orphans', script, ...args], {
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'inherit',
    timeout: seconds * 1000 + PROBE_GRACE_MS,
    signal: interruption.signal,
  })
  return Probed.parse(JSON.parse(await new Response(child.stdout).text()))
}

/** So many at once, each of whom signs in again as soon as he is in. `end` waits for those who are at the door. */
const startCrowd = (server: Served, customers: readonly Customer[]) => {
  const startedMs = performance.now()
  let loginCount = 0
  let failedCount = 0
  let ended = false
  const one = async (customer: Customer) => {
    while (!ended) {
      const answer = await logIn(server.url, customer)
      await answer.arrayBuffer()
      loginCount++
      if (answer.status !== 200) failedCount++
    }
  }
  const all = Array.from({ length: LOGINS_AT_ONCE }, (_, index) => one(customers[index % customers.length]!))
  const end = async () => {
    ended = true
    await Promise.all(all)
    return { loginCount, failedCount, seconds: (performance.now() - startedMs) / 1000 }
  }
  return { end }
}

export const loginText = (row: LoginRow): string => {
  const verdict = row.isMet ? 'ok' : 'short'
  const figures = (latencies: readonly number[]) =>
    `p50 ${percentile(latencies, 50).toFixed(2)} ms, p99 ${percentile(latencies, 99).toFixed(2)} ms, ` +
    `max ${Math.max(...latencies).toFixed(1)} ms of ${latencies.length} requests`
  return `/health, ${PROBES_PER_SECOND} requests/s from when each is due
  alone                  ${figures(row.quiet)}
  with ${LOGINS_AT_ONCE} logging in    ${figures(row.crowded)}
  p99 is ${row.excessMs.toFixed(2)} ms more (limit ${EXCESS_MS_MAX} ms): ${verdict}; ${row.loginsPerSecond.toFixed(1)} logins/s, \
${(row.loginMicros / 1000).toFixed(1)} ms of processor time each, ${row.failedCount} failed${strangerRemark(row.strangerShare)}`
}
