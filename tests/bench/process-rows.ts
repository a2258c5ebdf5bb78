/** The process itself: how much memory it holds after a minute of everything, and how soon it is ready. */
import { processMicros, residentBytes, strangerRemark, watchStrangers } from './processor-time.ts'
import type { Served, Stack } from './stack.ts'
import { median } from './statistics.ts'
import { runWrk, type Target } from './wrk.ts'

const BYTES_PER_MB = 1_000_000
const MEMORY_MB_MAX = 200
const START_MS_MAX = 400

export type MemoryRow = {
  freshMb: number
  loadedMb: number
  peakMb: number
  seconds: number
  failedCount: number
  isMet: boolean
}

/** On a process that has served nothing before. */
export const measureMemory = async (server: Served, mix: Target, seconds: number): Promise<MemoryRow> => {
  const fresh = residentBytes(server.pid)
  const load = await runWrk(mix, seconds)
  const loaded = residentBytes(server.pid)
  const failedCount = load.refusedCount + load.brokenCount
  const loadedMb = loaded.nowBytes / BYTES_PER_MB
  return {
    freshMb: fresh.nowBytes / BYTES_PER_MB,
    loadedMb,
    peakMb: loaded.peakBytes / BYTES_PER_MB,
    seconds,
    failedCount,
    isMet: loadedMb < MEMORY_MB_MAX && failedCount === 0,
  }
}

export const memoryText = (row: MemoryRow): string => `chefs, menus, orders and health in turn, ${row.seconds} s
  resident ${row.loadedMb.toFixed(0)} MB (limit ${MEMORY_MB_MAX} MB): ${row.isMet ? 'ok' : 'short'}; \
${row.freshMb.toFixed(0)} MB before, ${row.peakMb.toFixed(0)} MB at most, ${row.failedCount} failed`

export type StartRow = { readyMs: number[]; middleMs: number; cpuMs: number; strangerShare: number; isMet: boolean }

/** From spawn to the first 200 of /health/ready, with Postgres up and migrated. */
export const measureStart = async (stack: Stack, starts: number): Promise<StartRow> => {
  const strangers = watchStrangers()
  const readyMs: number[] = []
  const cpuMs: number[] = []
  for (let i = 0; i < starts; i++) {
    const server = await stack.startServer()
    readyMs.push(server.readyMs)
    cpuMs.push(processMicros(server.pid) / 1000)
    await server.stop()
  }
  const middleMs = median(readyMs)
  return { readyMs, middleMs, cpuMs: median(cpuMs), strangerShare: strangers(), isMet: middleMs < START_MS_MAX }
}

export const startText = ({
  readyMs,
  middleMs,
  cpuMs,
  strangerShare,
  isMet,
}: StartRow): string => `spawn to ready, Postgres up and migrated
  ${middleMs.toFixed(0)} ms (limit ${START_MS_MAX} ms): ${isMet ? 'ok' : 'short'}; \
each: ${readyMs.map((ms) => ms.toFixed(0)).join(', ')} ms; ${cpuMs.toFixed(0)} ms of \
processor time${strangerRemark(strangerShare)}`
