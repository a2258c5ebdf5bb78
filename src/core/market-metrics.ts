import { database } from '#core/database'
import { gauge } from '#core/metrics'

/** How the market is doing, read from the database when the metrics are read; what cannot be read is left out. */
export const marketMetrics = () => {
  if (registered) return
  registered = true
  gauge('orders_under_way', 'Orders that are not over, by status', ['status'], async (self) => {
    self.reset()
    for (const { status, count } of await rowsOf(
      () => database.sql<Count[]>`
      select status, count(*)::integer as count from orders
      where status in ('payment_confirmed', 'accepted', 'preparing', 'ready_for_pickup', 'picked_up') group by status`,
    )) {
      self.set({ status }, count)
    }
  })
  gauge('deliveries_waiting', 'Deliveries without a driver, by status', ['status'], async (self) => {
    self.reset()
    for (const { status, count } of await rowsOf(
      () => database.sql<Count[]>`
      select status, count(*)::integer as count from deliveries where status in ('unassigned', 'offered') group by status`,
    )) {
      self.set({ status }, count)
    }
  })
  gauge('drivers_on_duty', 'Approved drivers who take offers', [], async (self) => {
    for (const { count } of await rowsOf(
      () => database.sql<Count[]>`
      select '' as status, count(*)::integer as count from drivers where is_available and verification_status = 'approved'`,
    )) {
      self.set(count)
    }
  })
  gauge('database_up', 'Whether the last ping of the database was answered', [], (self) =>
    self.set(database.isAway ? 0 : 1),
  )
}

let registered = false

type Count = { status: string; count: number }

/** Metrics must be readable exactly when the database is not. */
const rowsOf = async (read: () => Promise<Count[]>): Promise<Count[]> => {
  try {
    return await read()
  } catch {
    return []
  }
}
