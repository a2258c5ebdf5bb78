import type { DeliveryStatus } from '#core/lifecycle/delivery-states'
import { shownStatus } from '#core/lifecycle/shown-states'
import { deliveryStatusOf } from '#core/lifecycle/transitions'
import type { Actor } from '#core/tokens'
import type { OrderRow } from './queries.ts'
import type { Order } from './schema.ts'

/** An order as one role sees it: addresses, the door code and the shares only for whom they are. Pure. */
export const orderOf = (row: OrderRow, { role }: Actor): Order => {
  const deliveryStatus = deliveryStatusOf(row.status, row.deliveryStatus)
  const order: Order = {
    id: row.id,
    orderNumber: row.orderNumber,
    status: shownStatus(row.status, deliveryStatus),
    deliveryStatus,
    chefId: row.chefId,
    chefName: row.chefName,
    items: row.items.map(({ menuItemId, name, unitPriceCents, quantity, notes }) => ({
      menuItemId,
      name,
      unitPriceCents,
      quantity,
      notes,
      totalCents: unitPriceCents * quantity,
    })),
    subtotalCents: row.subtotalCents,
    discountCents: row.discountCents,
    taxCents: row.taxCents,
    deliveryFeeCents: row.deliveryFeeCents,
    serviceFeeCents: row.serviceFeeCents,
    tipCents: row.tipCents,
    totalCents: row.totalCents,
    currency: row.currency,
    refundedCents: row.refundedCents,
    createdAt: row.createdAt,
    promise: { p50At: row.promiseP50At, p90At: row.promiseP90At },
    eta: { p50At: row.etaP50At, p90At: row.etaP90At },
    pickupEta: row.pickupP50At && row.pickupP90At ? { p50At: row.pickupP50At, p90At: row.pickupP90At } : null,
    readyAt: row.readyAt,
    deadlineAt: row.deadlineAt,
    closedReason: row.closedReason,
  }
  const driverNeedsAddresses = role === 'driver' && OCCUPIED.has(deliveryStatus)
  if (role === 'customer') order.handoverCode = row.handoverCode
  if (role === 'customer' || role === 'admin' || driverNeedsAddresses) {
    order.deliveryAddress = {
      street: row.street,
      city: row.city,
      postalCode: row.postalCode,
      coordinates: { lat: row.dropoffLat, lng: row.dropoffLng },
    }
    order.deliveryInstructions = row.deliveryInstructions
  }
  if (role === 'chef' || role === 'admin' || driverNeedsAddresses) {
    order.pickupAddress = {
      street: row.pickupStreet,
      city: row.pickupCity,
      postalCode: row.pickupPostalCode,
      coordinates: { lat: row.pickupLat, lng: row.pickupLng },
    }
  }
  if (role === 'driver' || role === 'admin') order.driverPayCents = row.deliveryFeeCents + row.tipCents
  if (role === 'chef' || role === 'admin') order.commissionCents = row.commissionCents
  return order
}

/** While a delivery is with its driver, not before and not after. */
const OCCUPIED: ReadonlySet<DeliveryStatus> = new Set([
  'assigned',
  'at_pickup',
  'picked_up',
  'in_transit',
  'at_dropoff',
])
