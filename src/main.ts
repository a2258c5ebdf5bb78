import { ConfigError, config } from '#core/config'
import { closeDatabase, database, openDatabase, problemOfDatabaseError } from '#core/database'
import { markStarted, startDraining } from '#core/health'
import { flushLog, log, openLog } from '#core/log'
import { MigrationError, migrate } from '#core/migrations'
import { createApp } from './app.ts'

/** Starts the process: configuration, log, stores, listen, modules; then drains and stops on a signal. */
const main = async () => {
  const settings = config()
  await openLog({ level: settings.LOG_LEVEL, format: settings.LOG_FORMAT })
  if (settings.MIGRATE) await migrateOrWait(settings.DATABASE_URL!)
  await openDatabase({
    url: settings.DATABASE_URL!,
    poolMax: settings.DATABASE_POOL_MAX,
    statementTimeoutMs: settings.DATABASE_STATEMENT_TIMEOUT_MS,
    lockTimeoutMs: settings.DATABASE_LOCK_TIMEOUT_MS,
  })
  const { app, start, closeSockets } = createApp()
  app.listen({ port: settings.PORT, hostname: settings.HOST })
  stopOnSignals(async () => {
    startDraining()
    await Bun.sleep(settings.DRAIN_DELAY_MS)
    closeSockets()
    await Promise.race([app.stop(), Bun.sleep(settings.SHUTDOWN_GRACE_MS)])
    await app.stop(true)
    await (await stopModules)?.()
    await closeDatabase()
  })
  const stopModules = startModules(start)
  await stopModules
  markStarted()
  log.info(
    { url: app.server?.url.href, modules: settings.MODULES, redis: 'in-memory', payments: 'simulated' },
    'listening',
  )
}

const RETRY_MS = 500

/** The database may come up after us. A migration that must not run stops the process. */
const migrateOrWait = async (url: string) => {
  for (;;) {
    try {
      const applied = await migrate(url)
      if (applied.length > 0) log.info({ applied }, 'database migrated')
      return
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

main().catch((error: unknown) => {
  if (error instanceof ConfigError) console.error(`The configuration has faults:\n${error.message}`)
  else console.error(error instanceof Error ? (error instanceof MigrationError ? error.message : error.stack) : error)
  flushLog()
  process.exit(1)
})
