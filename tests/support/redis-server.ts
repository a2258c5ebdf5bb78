/** A real redis-server (Debian's) behind a gateway that speaks Upstash's REST protocol; a test may kill, freeze and restart it. */
import { newId } from '#core/ids'
import { ensure, findProgram, programs } from '../provision'
import { freePort, until } from './chaos-server'
import { startRedisGateway } from './redis-gateway'

const startSeconds = 10
const attemptsMax = 3

export type TestRedis = Awaited<ReturnType<typeof startTestRedis>>

/** Starts both, empty. `environment` is what a server of ours needs to use them; `stop` ends both. */
export const startTestRedis = async () => {
  await ensure(programs.filter(({ command }) => command === 'redis-server'))
  let { child, port } = await startRedis()
  const gateway = startRedisGateway({ redisUrl: `redis://127.0.0.1:${port}`, token: newId() })
  const end = async () => {
    // One that is frozen would not hear of it otherwise.
    child.kill('SIGCONT')
    child.kill('SIGKILL')
    await child.exited
  }
  return {
    gateway,
    environment: { UPSTASH_REDIS_REST_URL: gateway.url, UPSTASH_REDIS_REST_TOKEN: gateway.token },
    pid: () => child.pid,
    /** One command, past the gateway's counts of requests: to see what is there. */
    ask: (name: string, ...args: string[]) => askOnce(port, name, args),
    /** Ends redis-server as a crash does; the gateway stays and answers 500. Nothing that was in it survives. */
    kill: end,
    /** Starts it again on its old port, empty. */
    restart: async () => {
      await end()
      ;({ child, port } = await startRedis(port))
    },
    /** Connections stay open, nothing answers. */
    freeze: () => child.kill('SIGSTOP'),
    thaw: () => child.kill('SIGCONT'),
    stop: async () => {
      await gateway.stop()
      await end()
    },
  }
}

/** Another process may take the port that was free a moment ago: then it is tried again on another. */
const startRedis = async (fixedPort?: number) => {
  for (let attempt = 1; ; attempt++) {
    const port = fixedPort ?? (await freePort())
    const child = Bun.spawn(
      [findProgram('redis-server')!, '--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no'],
      { stdin: 'ignore', stdout: 'ignore', stderr: 'ignore' },
    )
    started.add(child)
    void child.exited.then(() => started.delete(child))
    try {
      await until('redis-server answers', () => answers(port, child), startSeconds)
      return { child, port }
    } catch (error) {
      child.kill('SIGKILL')
      if (attempt === attemptsMax) throw error
    }
  }
}

const answers = async (port: number, child: Bun.Subprocess) => {
  if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
  return askOnce(port, 'PING', []).then(
    (answer) => answer === 'PONG',
    () => false,
  )
}

const askOnce = async (port: number, name: string, args: string[]): Promise<unknown> => {
  const client = new Bun.RedisClient(`redis://127.0.0.1:${port}`, { autoReconnect: false, connectionTimeout: 500 })
  try {
    await client.connect()
    return await client.send(name, args)
  } finally {
    client.close()
  }
}

const started = new Set<Bun.Subprocess>()
process.on('exit', () => {
  for (const child of started) child.kill('SIGKILL')
})
