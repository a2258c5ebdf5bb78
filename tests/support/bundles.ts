import { newId } from '#core/ids'
import { makeOffer, type NewOffer } from '#modules/dispatch/offers'
import type { Courier } from './given'
import { eventually, sql } from './market'

/** Rounds leave alone what is not ready yet; what a round would offer, a test offers with its token. */
export const leaveToTest = () => sql()`update zones set settings = settings || '{"dispatchLeadSeconds": 0}'`

const PAY_CENTS = 600
const TIMEOUT_SECONDS = 30

type Wanted = Partial<Pick<NewOffer, 'besideOrderIds' | 'dropoffOrderIds'>>

/** Offers several orders to one driver, as a round does. False when one of them, or he, is not to be had. */
export const offerBundle = async (
  driver: Courier,
  orders: readonly { id: string }[],
  now: Date,
  wanted: Wanted = {},
): Promise<boolean> => {
  const fence = await eventually('a holder of the zone', async () => {
    const [row] = await sql()<{ zoneId: string; token: string }[]>`
      select l.zone_id, l.token from zone_leases l join orders o on o.zone_id = l.zone_id
      where o.id = ${orders[0]!.id} and l.holder is not null`
    return row && { zoneId: row.zoneId, token: Number(row.token) }
  })
  const offer = {
    driverId: driver.driverId,
    orderIds: orders.map(({ id }) => id),
    payCents: PAY_CENTS * orders.length,
    currency: 'USD',
    pickupSeconds: 120,
    timeoutSeconds: TIMEOUT_SECONDS,
    ...wanted,
  }
  const decisions = orders.map(({ id }) => ({
    id: newId(),
    zoneId: fence.zoneId,
    orderId: id,
    outcome: 'offered' as const,
    driverId: driver.driverId,
    policy: 'by the test',
    candidates: [],
    now,
  }))
  return makeOffer(offer, decisions, fence, now)
}
