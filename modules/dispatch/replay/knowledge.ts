import type { Sql } from '#core/database'
import { BELIEFS, type Estimate, type Learned, learn, PRIORS } from '../eta/learning.ts'
import { readCells } from '../eta-history.ts'

/** How kitchens of a zone keep their word, as it was known at an instant: nothing later is looked at. */
export type Knowledge = (chefId: string, at: Date) => Estimate

export type ZoneOfTime = { zoneId: string; timeZone: string }

/** Sums up eight weeks before `until`. Uses orders_by_ready. */
export const readKnowledge = async (sql: Sql, zone: ZoneOfTime, until: Date): Promise<Knowledge> => {
  const cells = (await readCells(sql, 'preparation', until)).filter(({ zoneId }) => zoneId === zone.zoneId)
  return knowledgeOf(learn(cells, BELIEFS.preparation), zone.timeZone)
}

/** Of each kitchen the closest that is known: at this hour, at any, all kitchens at this hour, all at any. */
export const knowledgeOf = (learned: readonly Learned[], timeZone: string): Knowledge => {
  const known = new Map(learned.map((one) => [keyOf(one.chefId, one.hour), one]))
  const hours = new Intl.DateTimeFormat('en', { hour: 'numeric', hourCycle: 'h23', timeZone })
  return (chefId, at) => {
    const hour = Number(hours.format(at))
    const keys = [keyOf(chefId, hour), keyOf(chefId, null), keyOf(null, hour), keyOf(null, null)]
    return keys.map((key) => known.get(key)).find((one) => one !== undefined) ?? PRIORS.preparation
  }
}

const keyOf = (chefId: string | null, hour: number | null) => `${chefId} ${hour}`
