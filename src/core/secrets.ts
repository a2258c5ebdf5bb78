import { clock } from '#core/clock'
import { ConfigError, config, type RereadName, rereadConfig } from '#core/config'
import { log } from '#core/log'
import { counter, gauge } from '#core/metrics'

type Listener = (changed: readonly RereadName[]) => void | Promise<void>

const listeners = new Set<Listener>()

/** Calls back after secrets have changed, in the order of registration. What fails is tried again at the next look. */
export const onSecretsChanged = (listener: Listener) => void listeners.add(listener)

const rereads = counter('secret_changes_total', 'Secrets that were read anew while the process ran', [
  'secret',
  'outcome',
])

gauge('secret_age_seconds', 'Time since a secret was made, as far as that is known', ['secret'], (self) => {
  self.reset()
  for (const [secret, madeAt] of Object.entries(madeDates())) {
    self.set({ secret }, Math.max(0, (clock.nowMs() - Date.parse(madeAt)) / 1000))
  }
})

const DATED_KID = /^\d{4}-\d{2}-\d{2}/

/** Signing keys bear the day they were made in their id; the others are named in SECRETS_MADE_AT. */
const madeDates = (): Record<string, string> => {
  const { JWT_KEYS, SECRETS_MADE_AT } = config()
  const [day] = JWT_KEYS?.[0]?.kid.match(DATED_KID) ?? []
  return day && !Number.isNaN(Date.parse(day)) ? { JWT_KEYS: day, ...SECRETS_MADE_AT } : SECRETS_MADE_AT
}

/**
 * Looks at the files of secrets again and again: a mounted secret is replaced by whoever rotates it, without a restart.
 * Polled, since the links of a mounted volume tell no watcher of their change.
 */
export const watchSecrets = () => {
  /** Changes that a listener could not follow yet. */
  const pending = new Set<RereadName>()
  let lastFault = ''

  const look = async () => {
    try {
      for (const name of rereadConfig()) pending.add(name)
      lastFault = ''
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      // Once for each fault, not every few seconds: a file may be away while it is being replaced.
      if (error.message !== lastFault) log.error({ faults: error.message }, 'secrets cannot be read; those before hold')
      lastFault = error.message
    }
    if (pending.size > 0) await tell([...pending])
  }

  const tell = async (changed: readonly RereadName[]) => {
    try {
      for (const listener of listeners) await listener(changed)
      pending.clear()
      for (const secret of changed) rereads.inc({ secret, outcome: 'followed' })
      log.info({ secrets: changed }, 'secrets changed')
    } catch (error) {
      for (const secret of changed) rereads.inc({ secret, outcome: 'failed' })
      log.error(
        { secrets: changed, err: reasonOf(error) },
        'a changed secret does not work yet; the one before is kept',
      )
    }
  }

  const schedule = () => {
    const timer = setTimeout(async () => {
      await look()
      schedule()
    }, config().SECRETS_REREAD_MS)
    timer.unref?.()
  }
  schedule()
}

/** The code only: a driver's message may hold the user or the host. */
const reasonOf = (error: unknown) =>
  (error as { code?: string }).code ?? (error instanceof Error ? error.name : 'error')
