import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { networkPath } from './network.ts'
import { DEMO_ROADS_PROGRAM } from './roads.ts'

/** The demo city's road file is kept from start to start, and made anew when anything that it is made of has changed. */

/** The file could not be made; says why. */
export class DemoRoadsError extends Error {}

const FILE = 'goteborg.bin'
/** Beside it: what it was made of, and how large it was then. Written last, so that a kill in the middle leaves none. */
const STAMP = 'goteborg.made-of'
const SOURCES = resolve(import.meta.dir, '..', '..', 'modules', 'routing', 'graph')

export type DemoRoads = { path: string; isNew: boolean }

/** Where the file is, in a folder that is made where it is missing. It is made in a process of its own. Throws DemoRoadsError. */
export const demoRoads = async (folder: string): Promise<DemoRoads> => {
  const path = join(folder, FILE)
  const stamp = join(folder, STAMP)
  const madeOf = fingerprint()
  if (isKept(path, stamp, madeOf)) return { path, isNew: false }
  mkdirSync(folder, { recursive: true })
  rmSync(stamp, { force: true })
  removeAbandoned(folder)
  const maker = Bun.spawn([process.execPath, '--no-orphans', DEMO_ROADS_PROGRAM, path], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = await new Response(maker.stderr).text()
  if ((await maker.exited) !== 0) throw new DemoRoadsError(said.trim() || `it ended with ${maker.signalCode}`)
  writeFileSync(stamp, `${madeOf} ${statSync(path).size}`)
  return { path, isNew: true }
}

/** Of makers that were killed: each writes under names that begin with the file's and its process. */
const removeAbandoned = (folder: string) => {
  for (const name of readdirSync(folder)) {
    const [, pid] = /\.bin\.(\d+)\b/.exec(name) ?? []
    if (pid && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true })
  }
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

const isKept = (path: string, stamp: string, madeOf: string): boolean =>
  existsSync(path) && existsSync(stamp) && readFileSync(stamp, 'utf8') === `${madeOf} ${statSync(path).size}`

/** Changes with the importer, the preparation, the format of the file and the network. */
const fingerprint = (): string => {
  const hasher = new Bun.CryptoHasher('sha256')
  const sources = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort()
  for (const name of sources) hasher.update(`${name}\n`).update(readFileSync(join(SOURCES, name)))
  return hasher.update(readFileSync(networkPath())).digest('hex')
}
