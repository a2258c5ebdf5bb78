import { type Config, ConfigError, config } from '#core/config'
import { closeDatabase, database, moveDatabase, openDatabase, problemOfDatabaseError } from '#core/database'
import { markStarted, startDraining } from '#core/health'
import { flushLog, log, openLog } from '#core/log'
import { MigrationError, migrate, missingMigrations } from '#core/migrations'
import { redisHealth, sharedRedis } from '#core/redis'
import { onSecretsChanged, watchSecrets } from '#core/secrets'
import { forgetVerifiedTokens } from '#core/tokens'
import { closeTracing, openTracing } from '#core/tracing'
import { RoadsFileError } from '#modules/routing/roads-file'
import { createApp } from './app.ts'

/**
 * Starts the process: configuration, log, listen, stores, modules; then drains and stops on a signal. It listens before
 * it waits for its stores, so that it says of itself that it lives and is not ready, and is not restarted for waiting.
 */
const main = async () => {
  const settings = config()
  assertComplete(settings)
  await openLog({ level: settings.LOG_LEVEL, format: settings.LOG_FORMAT })
  await openTracing(settings)
  const { app, start, closeSockets } = createApp()
  listen(app, settings.PORT, settings.HOST)
  let stopModules = async () => {}
  stopOnSignals(async () => {
    startDraining()
    await Bun.sleep(settings.DRAIN_DELAY_MS)
    closeSockets()
    await Promise.race([app.stop(), Bun.sleep(settings.SHUTDOWN_GRACE_MS)])
    if (app.server) await app.stop(true)
    await stopModules()
    await closeDatabase()
    await closeTracing()
  })
  if (settings.MIGRATE) await migrateOrWait(settings.DATABASE_URL!)
  else await untilMigrated(settings.DATABASE_URL!)
  await openDatabase({
    url: settings.DATABASE_URL!,
    poolMax: settings.DATABASE_POOL_MAX,
    statementTimeoutMs: settings.DATABASE_STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: settings.DATABASE_LOCK_TIMEOUT_MS,
  })
  stopModules = await startModules(start)
  followSecrets()
  markStarted()
  log.info(
    {
      url: app.server?.url.href,
      modules: settings.MODULES,
      redis: redisHealth().kind,
      roads: settings.MODULES.includes('routing') ? settings.ROADS : [],
      payments: 'simulated',
    },
    'listening',
  )
}

/** A rotated secret is followed without a restart. */
const followSecrets = () => {
  onSecretsChanged(async (changed) => {
    if (changed.includes('JWT_KEYS')) forgetVerifiedTokens()
    if (changed.includes('UPSTASH_REDIS_REST_TOKEN')) sharedRedis()?.useToken(config().UPSTASH_REDIS_REST_TOKEN!)
    if (changed.includes('DATABASE_URL')) await moveDatabase(config().DATABASE_URL!)
  })
  watchSecrets()
}

/** Tests go without; a process that takes requests does not, whatever its environment is called. */
const assertComplete = ({ DATABASE_URL, JWT_KEYS }: Config) => {
  const missing = Object.entries({ DATABASE_URL, JWT_KEYS }).filter(([, value]) => value === undefined)
  if (missing.length > 0) throw new ConfigError(missing.map(([name]) => `${name}: is required`).join('\n'))
}

/** What whoever starts the process has to change; said without a stack. */
class StartError extends Error {}

const LISTEN_FAULTS: Record<string, string> = {
  EADDRINUSE: 'the port is taken. Stop what holds it, or set PORT to another.',
  EADDRNOTAVAIL: 'HOST is no address of this machine.',
  EACCES: 'this account may not. Set PORT to one above 1023.',
}

const listen = (app: ReturnType<typeof createApp>['app'], port: number, hostname: string) => {
  try {
    // Left to itself Elysia shares the port with whoever holds it already, and each gets some of the requests.
    app.listen({ port, hostname, reusePort: false })
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string }
    throw new StartError(`Cannot listen on ${hostname}:${port}: ${LISTEN_FAULTS[code] ?? message}`)
  }
}

const RETRY_MS = 500

/** A migration that must not run stops the process. */
const migrateOrWait = async (url: string) => {
  const applied = await onceUp(() => migrate(url))
  if (applied.length > 0) log.info({ applied }, 'database migrated')
}

/** Somebody else migrates: until he has, this process lives and is not ready. */
const untilMigrated = async (url: string) => {
  for (;;) {
    const missing = await onceUp(() => missingMigrations(url))
    if (missing.length === 0) return
    log.warn({ missing }, 'waiting for migrations')
    await Bun.sleep(RETRY_MS)
  }
}

/** The database may come up after us. */
const onceUp = async <T>(act: () => Promise<T>): Promise<T> => {
  for (;;) {
    try {
      return await act()
    } catch (error) {
      if (error instanceof MigrationError || !isConnectionError(error)) throw error
      log.warn({ err: (error as Error).message }, 'waiting for the database')
      await Bun.sleep(RETRY_MS)
    }
  }
}

const isConnectionError = (error: unknown) => problemOfDatabaseError(error)?.status === 503

const startModules = async (start: () => Promise<() => Promise<void>>) => {
  for (;;) {
    try {
      return await start()
    } catch (error) {
      if (!database.isAway && !isConnectionError(error)) throw error
      await Bun.sleep(RETRY_MS)
    }
  }
}

const stopOnSignals = (stop: () => Promise<void>) => {
  let stopping = false
  const onSignal = async (signal: string) => {
    if (stopping) {
      log.warn({ signal }, 'second signal: stopping at once')
      flushLog()
      process.exit(1)
    }
    stopping = true
    log.info({ signal }, 'stopping')
    try {
      await stop()
      log.info({}, 'stopped')
    } catch (error) {
      log.error({ err: String(error) }, 'stopping failed')
      process.exitCode = 1
    }
    flushLog()
    process.exit()
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

/** A connection that is cut while it is being made fails a query of the driver's own, which nobody can catch. */
process.on('unhandledRejection', (error) => {
  if (!isConnectionError(error)) throw error
  log.warn({ err: String(error) }, 'a connection to the database was lost while it was being made')
})

main().catch((error: unknown) => {
  if (error instanceof ConfigError) console.error(`The configuration has faults:\n${error.message}`)
  else if (error instanceof RoadsFileError) console.error(`The configuration has faults:\nROADS: ${error.message}`)
  else if (error instanceof MigrationError || error instanceof StartError) console.error(error.message)
  else console.error(error instanceof Error ? error.stack : error)
  flushLog()
  process.exit(1)
})
