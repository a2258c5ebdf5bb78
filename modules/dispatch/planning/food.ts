import type { Sql } from '#core/database'
import { type Known, readyOf } from '../eta/estimate'
import { knownTimesOf } from '../eta-knowledge'

/** What is known of an order's food: what its kitchen said, and when. */
export type Cooking = {
  orderId: string
  chefId: string
  status: string
  acceptedAt: string
  prepSeconds: number | null
  readyAt: string
}

/** As likely sooner as later, and how far off it usually is. */
export type Ready = { atMs: number; spreadSeconds: number }

/** When food is thought to be ready, from how its kitchen keeps its word at this hour. */
export const readyTimes = async (
  sql: Sql,
  zoneId: string,
  cooking: readonly Cooking[],
  now: Date,
): Promise<Map<string, Ready>> => {
  const chefIds = cooking.flatMap(({ status, chefId }) => (isCooking(status) ? [chefId] : []))
  const known = await knownTimesOf(sql, zoneId, chefIds, now)
  return new Map(cooking.map((one) => [one.orderId, readyAtOf(one, known.get(one.chefId), now)]))
}

const isCooking = (status: string) => status === 'accepted' || status === 'preparing'

export const readyAtOf = (
  { status, acceptedAt, prepSeconds, readyAt }: Cooking,
  known: Known | undefined,
  now: Date,
): Ready => {
  if (!isCooking(status) || !known) return { atMs: Date.parse(readyAt), spreadSeconds: 0 }
  const acceptedMs = Date.parse(acceptedAt)
  const { middleSeconds, spreadSeconds } = readyOf({
    isReady: false,
    sinceSeconds: Math.max(0, (now.getTime() - acceptedMs) / 1000),
    saidSeconds: prepSeconds ?? Math.max(0, (Date.parse(readyAt) - acceptedMs) / 1000),
    preparation: known.preparation,
  })
  return { atMs: now.getTime() + middleSeconds * 1000, spreadSeconds }
}
