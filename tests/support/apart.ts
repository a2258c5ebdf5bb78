/** The market as four processes of one image, as in production: one Postgres, one Redis, one address in front of them. */
import { endServers, freePort, type Server, startServer } from './chaos-server'
import { startPathRouter } from './path-router'
import { startTestRedis, type TestRedis } from './redis-server'

export const apartModules = ['api', 'dispatch', 'routing', 'realtime'] as const
export type ApartModule = (typeof apartModules)[number]

type Environment = Record<string, string>
export type OwnSettings = Partial<Record<ApartModule, Environment>>

/** Each process takes some connections of the one Postgres, which many test files share. */
const poolMax = '4'
/** Long: other tests may have the machine at the same time. */
const startSeconds = 60

/** Starts redis, the four and the router. `stop` ends them all, and every other server of this test file. */
export const startApart = async (databaseUrl: string, environment: Environment = {}, own: OwnSettings = {}) => {
  const redis = await startTestRedis()
  const ports = {} as Record<ApartModule, number>
  for (const name of apartModules) ports[name] = await freePort()
  const urlOf = (name: ApartModule) => `http://127.0.0.1:${ports[name]}`
  const servers = {} as Record<ApartModule, Server>
  const startOne = async (name: ApartModule) => {
    servers[name] = await startServer({
      databaseUrl,
      port: ports[name],
      environment: {
        MODULES: name,
        DISPATCH_URL: urlOf('dispatch'),
        ROUTING_URL: urlOf('routing'),
        DATABASE_POOL_MAX: poolMax,
        ...redis.environment,
        ...environment,
        ...own[name],
      },
    })
    return servers[name]
  }
  const router = startPathRouter([
    { prefix: '/internal', target: () => undefined },
    { prefix: '/dispatch', target: () => urlOf('dispatch') },
    { prefix: '/routing', target: () => urlOf('routing') },
    { prefix: '/realtime', target: () => urlOf('realtime') },
    { prefix: '', target: () => urlOf('api') },
  ])
  const stop = async () => {
    await router.stop()
    await endServers()
    await redis.stop()
  }
  try {
    await Promise.all(apartModules.map(startOne))
    await Promise.all(apartModules.map((name) => servers[name].ready(startSeconds)))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    base: router.base,
    urlOf,
    redis: redis as TestRedis,
    /** The process that runs a module now. */
    server: (name: ApartModule) => servers[name],
    /** Starts a module again on its old port. */
    restart: async (name: ApartModule) => {
      await (await startOne(name)).ready(startSeconds)
    },
    stop,
  }
}

export type ApartMarket = Awaited<ReturnType<typeof startApart>>
