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

/** A process with all that it started, what has ended included: Postgres has a process for each connection. */
export const familyMicros = (pid: number): number => {
  const all = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const stat = /^\d+$/.test(name) ? statOf(name) : undefined
    if (stat) all.set(Number(name), stat)
  }
  if (!all.has(pid)) throw new Error(`process ${pid} is gone`)
  let ticks = 0
  const members = [pid]
  for (const member of members) {
    const stat = all.get(member)!
    ticks += stat[UTIME]! + stat[STIME]! + stat[CUTIME]! + stat[CSTIME]!
    for (const [child, { [PARENT]: parent }] of all) if (parent === member) members.push(child)
  }
  return ticks * MICROS_PER_TICK
}

/** What all processors of the machine have worked and what they could have, time stolen by the host included. */
const machineMicros = () => {
  const [, ...fields] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/\s+/)
  // user nice system idle iowait irq softirq steal; guest times are already in user and nice.
  const [user, nice, system, idle, iowait, irq, softirq, steal] = fields.map(Number)
  const busy = user! + nice! + system! + irq! + softirq! + steal!
  return { busyMicros: busy * MICROS_PER_TICK, totalMicros: (busy + idle! + iowait!) * MICROS_PER_TICK }
}

/** From now on: the share of the machine that went to processes that are not of this benchmark. */
export const watchStrangers = (): (() => number) => {
  const read = () => ({ ...machineMicros(), ownMicros: familyMicros(process.pid) })
  const before = read()
  return () => {
    const after = read()
    const strange = after.busyMicros - before.busyMicros - (after.ownMicros - before.ownMicros)
    return Math.max(0, strange) / (after.totalMicros - before.totalMicros)
  }
}

/** From here on requests per second and latencies say more about the machine than about us. */
const STRANGER_SHARE_MAX = 0.2

export const strangerRemark = (share: number): string =>
  share > STRANGER_SHARE_MAX
    ? `\n  (others took ${(share * 100).toFixed(0)} % of the machine: trust processor time, not this)`
    : ''

/** Resident memory now, and the most there has been, in bytes. */
export const residentBytes = (pid: number) => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytesOf = (name: string) => Number(status.match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'))![1]) * 1024
  return { nowBytes: bytesOf('VmRSS'), peakBytes: bytesOf('VmHWM') }
}
