/** The process that holds a data folder of Postgres, by the file that it keeps there: its number, its port, its state. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const STOP_TIMEOUT_MS = 20_000
const POLL_MS = 25

const fileOf = (dataDir: string) => join(dataDir, 'postmaster.pid')

/**
 * The server on a data folder, which we may adopt after a crash of ours. After a power cut the file is still there and
 * the number may be somebody else's: then nobody holds the folder, and the file goes.
 */
export const runningServer = (dataDir: string) => {
  const path = fileOf(dataDir)
  if (!existsSync(path)) return undefined
  const [pid, , , port] = readFileSync(path, 'utf8').split('\n')
  if (!pid || !port || !isAlive(Number(pid))) return undefined
  if (runsOn(Number(pid), dataDir)) return { pid: Number(pid), port: Number(port) }
  rmSync(path, { force: true })
  return undefined
}

/** We start it with its folder among its arguments. Where there is no /proc to read them from, the file is believed. */
const runsOn = (pid: number, dataDir: string) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(dataDir)
  } catch {
    return process.platform !== 'linux'
  }
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export const stopPid = async (pid: number) => {
  // SIGINT is Postgres' fast shutdown: open transactions are rolled back, everything committed is flushed.
  if (isAlive(pid)) process.kill(pid, 'SIGINT')
  await untilGone(pid)
  if (isAlive(pid)) process.kill(pid, 'SIGQUIT')
}

export const untilGone = async (pid: number) => {
  const deadline = performance.now() + STOP_TIMEOUT_MS
  while (isAlive(pid) && performance.now() < deadline) await Bun.sleep(POLL_MS)
}

export const isReady = (dataDir: string) => {
  try {
    return readFileSync(fileOf(dataDir), 'utf8').split('\n')[7]?.trim() === 'ready'
  } catch {
    return false
  }
}
