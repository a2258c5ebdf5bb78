import { brokenConstraint, database } from '#core/database'
import { Id, newId } from '#core/ids'
import { decodeCursor, type Page, pageFrom } from '#core/pagination'
import { conflict, invalid, notFound } from '#core/problem'
import * as queries from './queries.ts'
import type { NewPromotion, Promotion, PromotionChange, PromotionList } from './schema.ts'

const PROMOTION_DAYS_MAX = 5 * 366
const DAY_MS = 24 * 3_600_000

export const createPromotion = async (promotion: NewPromotion, now: Date): Promise<Promotion> => {
  const startsAt = promotion.startsAt === undefined ? now : new Date(promotion.startsAt)
  const endsAt = new Date(promotion.endsAt)
  if (endsAt <= now) throw invalid('endsAt', 'must lie in the future')
  assertPeriod(startsAt, endsAt)
  try {
    return await queries.insertPromotion(database.sql, { ...promotion, id: newId(), startsAt, endsAt, now })
  } catch (error) {
    if (brokenConstraint(error) === 'promotions_code_key')
      throw conflict('code-taken', 'There is a promotion with this code.')
    throw error
  }
}

const assertPeriod = (startsAt: Date, endsAt: Date) => {
  if (endsAt <= startsAt) throw invalid('endsAt', 'must be after the beginning')
  if (endsAt.getTime() - startsAt.getTime() > PROMOTION_DAYS_MAX * DAY_MS)
    throw invalid('endsAt', `must be within ${PROMOTION_DAYS_MAX} days of the beginning`)
}

export const listPromotions = async ({ cursor, limit }: PromotionList): Promise<Page<Promotion>> =>
  pageFrom(
    await queries.listPromotions(database.sql, decodeCursor(cursor, Id), limit + 1),
    limit,
    ({ id }: Promotion) => id,
  )

/** Another end, which may be past, or another maximum. What was promised in a quote or an order stays. */
export const changePromotion = (promotionId: string, change: PromotionChange): Promise<Promotion> =>
  database.begin(async (tx) => {
    const known = await queries.lockPromotion(tx, promotionId)
    if (!known) throw notFound('promotion')
    const { redemptionCountMax = known.redemptionCountMax } = change
    const endsAt = new Date(change.endsAt ?? known.endsAt)
    if (change.endsAt !== undefined) assertPeriod(new Date(known.startsAt), endsAt)
    if (redemptionCountMax !== null && redemptionCountMax < known.redemptionCount) {
      const { redemptionCount } = known
      throw conflict('promotion-redeemed', `It has been redeemed ${redemptionCount} times already.`, {
        redemptionCount,
      })
    }
    return queries.updatePromotion(tx, promotionId, { endsAt, redemptionCountMax })
  })
