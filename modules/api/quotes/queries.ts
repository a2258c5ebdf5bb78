import type { Sql } from '#core/database'
import type { OpeningHours } from '../chefs/schema.ts'

/** Everything that the price of a basket depends on. */
export type BasketRow = {
  chefId: string
  chefUserId: string
  chefName: string
  street: string
  city: string
  postalCode: string
  orderSequence: number | null
  zoneId: string
  lat: number
  lng: number
  timeZone: string
  hours: OpeningHours | null
  vacationFrom: string | null
  vacationUntil: string | null
  minimumOrderCents: number
  deliveryRadiusMeters: number
  verificationStatus: string
  currency: string
  settings: unknown
  insideZone: boolean
  customerIsActive: boolean
  items: BasketItemRow[] | null
}

export type BasketItemRow = {
  id: string
  name: string
  priceCents: number
  prepMinutes: number
  isAvailable: boolean
  portionsLeft: number | null
}

export type BasketKeys = {
  customerId: string
  chefId: string
  itemIds: string[]
  lat: number
  lng: number
  at: Date
  /** Draws the number of the order that is to come of it. */
  forOrder: boolean
}

/** Several baskets by one statement, in the order of their keys; undefined where there is no such kitchen. */
export const findBaskets = async (sql: Sql, keys: readonly BasketKeys[]): Promise<(BasketRow | undefined)[]> => {
  const wanted = keys.map((one, place) => ({ ...one, place }))
  const rows = await sql<(BasketRow & { place: number })[]>`
    select k.place, c.id as chef_id, c.user_id as chef_user_id, c.name as chef_name, c.street, c.city, c.postal_code,
      case when k."forOrder" then nextval('order_numbers') end as order_sequence, c.zone_id, c.location[1] as lat,
      c.location[0] as lng, c.time_zone, c.hours, c.vacation_from, c.vacation_until, c.minimum_order_cents,
      c.delivery_radius_meters, c.verification_status, z.currency, z.settings,
      z.area @> point(k.lng, k.lat) as inside_zone,
      exists (select from users where id = k."customerId" and deleted_at is null) as customer_is_active,
      (select json_agg(json_build_object('id', i.id, 'name', i.name, 'priceCents', i.price_cents,
          'prepMinutes', i.prep_minutes, 'isAvailable', i.is_available,
          'portionsLeft', i.portions_per_day - coalesce((select p.reserved_count from item_portions p
            where p.item_id = i.id and p.day = (k.at at time zone c.time_zone)::date), 0)))
        from menu_items i where i.id = any(k."itemIds") and i.chef_id = c.id and i.deleted_at is null) as items
    from jsonb_to_recordset(${sql.json(wanted as never)}::jsonb) as k (place integer, "customerId" uuid, "chefId" uuid,
      "itemIds" uuid[], lat float8, lng float8, at timestamptz, "forOrder" boolean)
    join chefs c on c.id = k."chefId"
    join zones z on z.id = c.zone_id`
  const found = new Map(rows.map((row) => [row.place, row]))
  return keys.map((_, place) => found.get(place))
}

export type PromotionRow = {
  id: string
  discountBps: number
  discountCentsMax: number | null
  subtotalCentsMin: number
}

/** A promotion that a customer may still use. */
export const findPromotion = async (sql: Sql, code: string, customerId: string, now: Date) => {
  const [row] = await sql<PromotionRow[]>`
    select id, discount_bps, discount_cents_max, subtotal_cents_min from promotions p
    where code = ${code} and starts_at <= ${now} and ends_at > ${now}
      and (redemption_count_max is null or redemption_count < redemption_count_max)
      and not exists (select from orders o where o.customer_id = ${customerId} and o.promotion_id = p.id
        and o.status not in ('cancelled', 'rejected'))`
  return row
}

/**
 * Open deliveries per free driver in a zone. A driver counts where his newest stored fix lies, which is of the last
 * seconds; in each of several zones that overlap there; and nowhere once it is older than `fixAgeSecondsMax`.
 */
export const findDemandRatio = async (sql: Sql, zoneId: string, fixAgeSecondsMax: number, now: Date) => {
  const [row] = await sql<{ ratio: number }[]>`
    select (select count(*) from deliveries where zone_id = ${zoneId} and status in ('unassigned', 'offered'))::float8
      / greatest((select count(*) from drivers d
          join driver_positions p on p.driver_id = d.id
          join zones z on z.area @> point((p.fix ->> 'lng')::float8, (p.fix ->> 'lat')::float8)
          where d.is_available and d.verification_status = 'approved' and z.id = ${zoneId}
            and p.recorded_at >= ${now}::timestamptz - ${fixAgeSecondsMax} * interval '1 second'
            and not exists (select from deliveries a where a.driver_id = d.id
              and a.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff'))), 1) as ratio`
  return row!.ratio
}

export type StoredQuote = {
  id: string
  customerId: string
  chefId: string
  request: unknown
  price: unknown
  promotionId: string | null
  expiresAt: string
}

export const insertQuote = (
  sql: Sql,
  quote: Omit<StoredQuote, 'expiresAt'> & { zoneId: string; now: Date; expiresAt: Date },
) => sql`
  insert into quotes (id, customer_id, chef_id, zone_id, request, price, promotion_id, created_at, expires_at)
  values (${quote.id}, ${quote.customerId}, ${quote.chefId}, ${quote.zoneId}, ${sql.json(quote.request as never)},
    ${sql.json(quote.price as never)}, ${quote.promotionId}, ${quote.now}, ${quote.expiresAt})`

export const findQuote = async (sql: Sql, id: string, customerId: string) => {
  const [row] = await sql<StoredQuote[]>`
    select id, customer_id, chef_id, request, price, promotion_id, expires_at from quotes
    where id = ${id} and customer_id = ${customerId}`
  return row
}
