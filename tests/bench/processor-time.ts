/** Processor time as Linux counts it, in /proc. A tick is 10 ms, so it is read over seconds. */
import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ: 100 on every Linux that Bun runs on. */
const MICROS_PER_TICK = 10_000

/** Places in /proc/PID/stat after the name, from proc(5): ppid is field 4, utime 14, stime 15, cutime 16, cstime 17. */
const [PARENT, UTIME, STIME, CUTIME, CSTIME] = [1, 11, 12, 13, 14] as const

const statOf = (pid: number | string): number[] | undefined => {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name is in brackets and may hold anything, blanks and brackets too.
    return text
      .slice(text.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number)
  } catch {
    return undefined
  }
}

/** User and system time of one process, all its threads together. */
export const processMicros = (pid: number): number => {
  const stat = statOf(pid)
  if (!stat) throw new Error(`process ${pid} is gone`)
  return (stat[UTIME]! + stat[STIME]!) * MICROS_PER_TICK
}

/** A process with its children, those that have ended included: Postgres has a process for each connection. */
export const familyMicros = (pid: number): number => {
  const own = statOf(pid)
  if (!own) throw new Error(`process ${pid} is gone`)
  let ticks = own[UTIME]! + own[STIME]! + own[CUTIME]! + own[CSTIME]!
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const stat = statOf(name)
    if (stat?.[PARENT] === pid) ticks += stat[UTIME]! + stat[STIME]! + stat[CUTIME]! + stat[CSTIME]!
  }
  return ticks * MICROS_PER_TICK
}

/** What all processors of the machine have worked and what they could have, time stolen by the host included. */
export const machineMicros = () => {
  const [, ...fields] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/\s+/)
  // user nice system idle iowait irq softirq steal; guest times are already in user and nice.
  const [user, nice, system, idle, iowait, irq, softirq, steal] = fields.map(Number)
  const busy = user! + nice! + system! + irq! + softirq! + steal!
  return { busyMicros: busy * MICROS_PER_TICK, totalMicros: (busy + idle! + iowait!) * MICROS_PER_TICK }
}

/** Resident memory now, and the most there has been, in bytes. */
export const residentBytes = (pid: number) => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytesOf = (name: string) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))![1]) * 1024
  return { nowBytes: bytesOf('VmRSS'), peakBytes: bytesOf('VmHWM') }
}
