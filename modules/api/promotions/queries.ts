import type { Sql } from '#core/database'
import type { Promotion } from './schema.ts'

const columns = (sql: Sql) => sql`
  id, code, discount_bps, discount_cents_max, subtotal_cents_min, starts_at, ends_at, redemption_count,
  redemption_count_max, created_at`

export type PromotionColumns = Omit<Promotion, 'startsAt' | 'endsAt' | 'createdAt' | 'redemptionCount'> & {
  startsAt: Date
  endsAt: Date
  now: Date
}

export const insertPromotion = async (sql: Sql, promotion: PromotionColumns) => {
  const [row] = await sql<Promotion[]>`
    insert into promotions (id, code, discount_bps, discount_cents_max, subtotal_cents_min, starts_at, ends_at,
      redemption_count_max, created_at)
    values (${promotion.id}, ${promotion.code}, ${promotion.discountBps}, ${promotion.discountCentsMax},
      ${promotion.subtotalCentsMin}, ${promotion.startsAt}, ${promotion.endsAt}, ${promotion.redemptionCountMax},
      ${promotion.now})
    returning ${columns(sql)}`
  return row!
}

/** The newest first. */
export const listPromotions = (sql: Sql, beforeId: string | undefined, limit: number) => sql<Promotion[]>`
  select ${columns(sql)} from promotions ${beforeId ? sql`where id < ${beforeId}` : sql``}
  order by id desc limit ${limit}`

/** Until the transaction ends, who wants to use it waits. */
export const lockPromotion = async (sql: Sql, id: string) => {
  const [row] = await sql<Promotion[]>`select ${columns(sql)} from promotions where id = ${id} for no key update`
  return row
}

export const updatePromotion = async (
  sql: Sql,
  id: string,
  { endsAt, redemptionCountMax }: { endsAt: Date; redemptionCountMax: number | null },
) => {
  const [row] = await sql<Promotion[]>`
    update promotions set ends_at = ${endsAt}, redemption_count_max = ${redemptionCountMax} where id = ${id}
    returning ${columns(sql)}`
  return row!
}
