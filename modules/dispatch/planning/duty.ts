import type { Sql } from '#core/database'
import type { Answers } from '../acceptance'
import type { RouteStop } from '../stop-order'

export type CarriedOrder = {
  orderId: string
  chefId: string
  status: string
  isPickedUp: boolean
  pickupLat: number
  pickupLng: number
  dropoffLat: number
  dropoffLng: number
  createdAt: string
  acceptedAt: string
  prepSeconds: number | null
  readyAt: string
  promisedAt: string
}

export type DutyRow = {
  id: string
  vehicleType: string
  capacity: number
  isEmployed: boolean
  /** When he goes home, as he said. */
  availableUntil: string | null
  route: RouteStop[]
  carried: CarriedOrder[]
} & Answers

/** Everybody on duty whom a round may plan with: heard of, without an offer to think about; and what he has to bring. */
export const findOnDuty = (sql: Sql) => sql<DutyRow[]>`
  select v.id, v.vehicle_type, v.capacity, v.is_employed, v.available_until, v.offers_answered, v.offers_accepted, v.route,
    coalesce(c.carried, '[]'::jsonb) as carried
  from drivers v left join lateral (
    select jsonb_agg(jsonb_build_object('orderId', d.order_id, 'chefId', o.chef_id, 'status', o.status,
      'isPickedUp', d.status not in ('assigned', 'at_pickup'),
      'pickupLat', k.location[1], 'pickupLng', k.location[0], 'dropoffLat', o.dropoff[1], 'dropoffLng', o.dropoff[0],
      'createdAt', o.created_at, 'acceptedAt', o.accepted_at, 'prepSeconds', o.prep_seconds, 'readyAt', o.ready_at,
       'promisedAt', o.promise_p90_at) order by d.assigned_at, d.order_id
    ) as carried
    from deliveries d join orders o on o.id = d.order_id join chefs k on k.id = o.chef_id
    where d.driver_id = v.id and d.status in ('assigned', 'at_pickup', 'picked_up', 'in_transit', 'at_dropoff')
  ) c on true
  where v.is_available and v.verification_status = 'approved' and v.silent_since is null
    and not exists (select from offers f where f.driver_id = v.id and f.status = 'open')
  order by v.id`
