/** The one Postgres that all tests of a run share; each test worker makes its own database on it. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive } from './runner-process'

const dataRoot = '.data'
const folderName = /^test-postgres-(\d+)$/
const stopLimitMs = 30_000

export type TestPostgres = { url: string; stop(): Promise<void> }

/** Starts it in a folder named after this process; `stop` removes the folder, even when the server would not stop. */
export const startTestPostgres = async (logFile: string): Promise<TestPostgres> => {
  mkdirSync(dataRoot, { recursive: true })
  removeAbandoned()
  const dataDir = join(dataRoot, `test-postgres-${process.pid}`)
  const remove = () => rmSync(dataDir, { recursive: true, force: true })
  // Imported late: a fault in that module is then a failed test of this run and not the end of it.
  const { startEmbeddedPostgres } = await import('#core/embedded-postgres')
  try {
    const log = (line: string) => appendFileSync(logFile, `${line}\n`)
    const server = await startEmbeddedPostgres({ dataDir, durable: false, log })
    const stop = async () => {
      await Promise.race([server.stop(), Bun.sleep(stopLimitMs)])
      remove()
    }
    return { url: server.url, stop }
  } catch (error) {
    remove()
    throw error
  }
}

/** A run that was killed outright could not tidy up; the next one does it for it. */
const removeAbandoned = () => {
  for (const name of readdirSync(dataRoot)) {
    const owner = folderName.exec(name)?.[1]
    if (!owner || isAlive(Number(owner)) || isServed(join(dataRoot, name))) continue
    rmSync(join(dataRoot, name), { recursive: true, force: true })
  }
}

const isServed = (dataDir: string) => {
  const pidFile = join(dataDir, 'postmaster.pid')
  return existsSync(pidFile) && isAlive(Number.parseInt(readFileSync(pidFile, 'utf8'), 10))
}
