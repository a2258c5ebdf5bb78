import { NotAskedError } from '../providers/guard.ts'

/** Who would have to wait longer than this for his turn is told so at once. */
const TURN_MS_MAX = 1_500

/** Lets so many through a second, evenly, in the order they came. Throws NotAskedError when there are too many. */
export const pace = (perSecond: number, turnMsMax = TURN_MS_MAX): (() => Promise<void>) => {
  const stepMs = 1_000 / perSecond
  let freeAtMs = Number.NEGATIVE_INFINITY
  return async () => {
    const nowMs = performance.now()
    const turnMs = Math.max(nowMs, freeAtMs)
    if (turnMs - nowMs > turnMsMax) throw new NotAskedError('too many addresses are being looked up')
    freeAtMs = turnMs + stepMs
    if (turnMs > nowMs) await Bun.sleep(turnMs - nowMs)
  }
}
