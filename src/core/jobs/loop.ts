import { database } from '#core/database'
import { log } from '#core/log'

const AWAY_MS = 500
const JITTER_MS = 25

/**
 * Calls `look` again and again; it says in how many milliseconds it wants to be called next. Not while the database is
 * away: then `wasAway` is true at the first call afterwards. The returned wake() calls it now.
 */
export const startLoop = (name: string, look: (wasAway: boolean) => Promise<number>) => {
  let isStopped = false
  let isWoken = false
  let wake = () => {}
  let wasAway = false

  const lookOnce = async (): Promise<number> => {
    if (database.isAway) {
      wasAway = true
      return AWAY_MS
    }
    try {
      const waitMs = await look(wasAway)
      wasAway = false
      return waitMs
    } catch (error) {
      // A connection that was just lost: whether the database is away the next ping will tell.
      if (!database.isAway) log.warn({ loop: name, err: String(error) }, 'could not look for jobs')
      return AWAY_MS
    }
  }

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms + Math.random() * JITTER_MS)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  const ended = (async () => {
    while (!isStopped) {
      isWoken = false
      const waitMs = await lookOnce()
      if (!isStopped && !isWoken) await pause(waitMs)
    }
  })()

  const wakeUp = () => {
    isWoken = true
    wake()
  }

  return {
    wake: wakeUp,
    stop: async () => {
      isStopped = true
      wakeUp()
      await ended
    },
  }
}
