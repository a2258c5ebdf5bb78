/** A server process of a chaos test: src/main.ts as it runs in production, on a port of its own, that may be killed. */
import { createServer } from 'node:net'
import { join } from 'node:path'
import { newSigningKey } from '#core/tokens'

export const repository = join(import.meta.dir, '..', '..')

/** One key for all servers of a test file, so that a token of one is good at the other and after a restart. */
export const jwtKeys = JSON.stringify({ keys: [newSigningKey(new Date())] })

type Environment = Record<string, string | undefined>

export type ServerOptions = {
  databaseUrl?: string
  port?: number
  environment?: Environment
  /** A file that runs before src/main.ts does. */
  preload?: string
}

export type Server = Awaited<ReturnType<typeof startServer>>

const outputCharsMax = 200_000
const started = new Set<Bun.Subprocess>()

/** Starts src/main.ts and does not wait for it. What still runs when the file ends is ended by endServers. */
export const startServer = async ({ databaseUrl, port, environment = {}, preload }: ServerOptions) => {
  const ownPort = port ?? (await freePort())
  const child = spawnScript(['--no-orphans', ...(preload ? ['--preload', preload] : []), 'src/main.ts'], {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: String(ownPort),
    DATABASE_URL: databaseUrl,
    JWT_KEYS: jwtKeys,
    DISPATCH_ROUND_MS: '200',
    LOG_LEVEL: 'info',
    ...environment,
  })
  const base = `http://127.0.0.1:${ownPort}`
  return { ...child, port: ownPort, base, ready: (seconds = 20) => becomesReady(base, child, seconds) }
}

/** Runs a script of the repository (or of `cwd`) with an environment of its own; keeps what it says. */
export const spawnScript = (script: string[], environment: Environment, cwd = repository) => {
  const child = Bun.spawn([process.execPath, '--no-env-file', ...script], {
    cwd,
    env: { ...inherited(), ...environment },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  started.add(child)
  let output = ''
  const keep = async (stream: ReadableStream<Uint8Array>) => {
    const decoder = new TextDecoder()
    for await (const chunk of stream) output = (output + decoder.decode(chunk, { stream: true })).slice(-outputCharsMax)
  }
  const read = Promise.all([keep(child.stdout), keep(child.stderr)])
  return {
    pid: child.pid,
    child,
    /** All that it has written so far, both streams. */
    output: () => output,
    kill: (signal: NodeJS.Signals) => child.kill(signal),
    hasExited: () => child.exitCode !== null || child.signalCode !== null,
    /** Its exit code, or the signal that ended it, once its output is read too. */
    exited: async (seconds = 20): Promise<number | string> => {
      const timeout = Bun.sleep(seconds * 1000).then(() => 'timeout' as const)
      const code = await Promise.race([child.exited, timeout])
      if (code === 'timeout') throw new Error(`still runs after ${seconds} s:\n${output.slice(-4000)}`)
      await Promise.race([read, Bun.sleep(500)])
      return child.signalCode ?? code
    },
  }
}

// Whoever runs the tests has settings of his own; what a server gets is named here. The runner finds its own by the mark.
const inherited = (): Environment => ({
  PATH: process.env.PATH,
  HOME: process.env.HOME,
  RIDENDINE_TEST_STEP: process.env.RIDENDINE_TEST_STEP,
})

const becomesReady = async (base: string, child: ReturnType<typeof spawnScript>, seconds: number) => {
  const isReady = () =>
    fetch(`${base}/health/ready`, { signal: AbortSignal.timeout(2_000) }).then(
      (answer) => answer.ok,
      () => false,
    )
  await until(
    'the server is ready',
    async () => {
      if (child.hasExited()) throw new Error(`the server ended:\n${child.output().slice(-4000)}`)
      return isReady()
    },
    seconds,
  ).catch((error) => {
    throw new Error(`${error.message}\n${child.output().slice(-4000)}`)
  })
}

export const endServers = async () => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL')
  await Promise.all([...started].map((child) => child.exited))
  started.clear()
}

/** A process and all its descendants, parents first. */
export const family = (root: number): number[] => {
  const pids = [root]
  const { stdout } = Bun.spawnSync(['ps', '-axo', 'pid=,ppid='])
  const pairs = [...stdout.toString().matchAll(/(\d+)\s+(\d+)/g)].map(([, pid, parent]) => [
    Number(pid),
    Number(parent),
  ])
  for (let index = 0; index < pids.length; index++) {
    for (const [pid, parent] of pairs) if (parent === pids[index]) pids.push(pid!)
  }
  return pids
}

export const freePort = () =>
  new Promise<number>((accept, refuse) => {
    const probe = createServer()
    probe.once('error', refuse)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => accept(port))
    })
  })

const pollMs = 20

/** Waits for something that comes by itself, and says how many milliseconds it took. */
export const until = async (what: string, look: () => boolean | Promise<boolean>, seconds: number): Promise<number> => {
  const startedMs = performance.now()
  while (performance.now() - startedMs < seconds * 1000) {
    if (await look()) return performance.now() - startedMs
    await Bun.sleep(pollMs)
  }
  throw new Error(`did not happen within ${seconds} s: ${what}`)
}
