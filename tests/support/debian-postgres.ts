/** Debian's own Postgres with its tools, for tests that need pg_dump of the server's version, or a server to take apart. */
import { appendFileSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isReady } from '#core/postmaster'
import { freePort, until } from './chaos-server'

/** The version of Debian 12, whose pgBackRest knows no newer one. tests/provision.ts installs it. */
export const DEBIAN_BIN = '/usr/lib/postgresql/15/bin'
export const PASSWORD = 'only-for-tests'

/** Postgres refuses to run as root: as root everything of a test's server belongs to an account that is not. */
const account = () => {
  if (process.getuid?.() !== 0) return { prefix: [] as string[], own: (_: string) => {} }
  const line = readFileSync('/etc/passwd', 'utf8').match(/^postgres:[^:]*:(\d+):(\d+):/m)
  if (!line) throw new Error('there is no account "postgres", which Debian makes with its Postgres')
  const [uid, gid] = [Number(line[1]), Number(line[2])]
  return {
    prefix: ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--pdeathsig=SIGINT'],
    own: (path: string) => chownSync(path, uid, gid),
  }
}

export type DebianPostgres = Awaited<ReturnType<typeof startDebianPostgres>>

/**
 * A server in a folder of its own under the system's temporary folder (which, unlike a checkout, any account may enter).
 * `remove` stops it and removes the folder.
 */
export const startDebianPostgres = async (
  settings: Record<string, string> = {},
  environment: Record<string, string> = {},
) => {
  const { prefix, own } = account()
  const bin = DEBIAN_BIN
  const root = mkdtempSync(join(tmpdir(), 'ridendine-postgres-'))
  own(root)
  const dataDir = join(root, 'data')
  const logFile = join(root, 'log')
  const port = await freePort()
  /** Runs a program as the server's account; throws with what it said when it fails. */
  const run = async (command: string[], input?: string) => {
    const child = Bun.spawn([...prefix, ...command], {
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', HOME: root, ...environment },
      cwd: root,
      stdin: input === undefined ? 'ignore' : new Blob([input]),
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const [code, out, err] = await Promise.all([
      child.exited,
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ])
    if (code !== 0) throw new Error(`${command[0]} ended with ${child.signalCode ?? code}: ${err || out}`)
    return out
  }
  const passwordFile = join(root, 'password')
  await Bun.write(passwordFile, PASSWORD)
  own(passwordFile)
  // Over its socket, in a folder that is closed to others, pgBackRest comes without a password, as it does on a server.
  const access = ['-U', 'postgres', '--auth-local=trust', '--auth-host=scram-sha-256', `--pwfile=${passwordFile}`]
  await run([join(bin, 'initdb'), '-D', dataDir, ...access, '-E', 'UTF8', '--locale=C.UTF-8', '--data-checksums'])
  const options = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: root,
    port: String(port),
    shared_buffers: '64MB',
    timezone: 'UTC',
    fsync: 'off',
    ...settings,
  }
  appendFileSync(
    join(dataDir, 'postgresql.conf'),
    Object.entries(options)
      .map(([name, value]) => `${name} = '${value}'\n`)
      .join(''),
  )

  let child: Bun.Subprocess | undefined
  const start = async (seconds = 30) => {
    child = Bun.spawn([...prefix, join(bin, 'postgres'), '-D', dataDir], {
      env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8', TZ: 'UTC', ...environment },
      stdin: 'ignore',
      stdout: Bun.file(logFile),
      stderr: Bun.file(logFile),
      detached: true,
    })
    const own = child
    await until(
      'Postgres takes connections',
      () => {
        if (own.exitCode !== null)
          throw new Error(`Postgres did not start:\n${readFileSync(logFile, 'utf8').slice(-3000)}`)
        return isReady(dataDir)
      },
      seconds,
    )
  }
  /** SIGINT stops it in order, SIGKILL as a power cut does. */
  const stop = async (signal: NodeJS.Signals = 'SIGINT') => {
    child?.kill(signal)
    await child?.exited
  }
  const urlOf = (database: string) => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`
  await start()
  return {
    root,
    dataDir,
    port,
    bin,
    run,
    own,
    start,
    stop,
    urlOf,
    log: () => readFileSync(logFile, 'utf8'),
    mkdir: (path: string) => {
      mkdirSync(path)
      own(path)
    },
    remove: async () => {
      await stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}
