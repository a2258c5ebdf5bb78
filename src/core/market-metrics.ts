import { database } from '#core/database'
import { type MarketReading, marketReading } from '#core/market-reading'
import { gauge } from '#core/metrics'

/**
 * How the market is doing, read from the database when the metrics are read. All replicas tell the same, so whoever adds
 * up takes the greatest of them. What cannot be read in time is left out: a scrape never fails for it, and an alert says so.
 */
export const marketMetrics = () => {
  if (registered) return
  registered = true
  orderMetrics()
  deliveryMetrics()
  eventMetrics()
  backlogMetrics()
  figure('market_reading_seconds', 'Time of the last reading of these figures', [], ({ tookSeconds }) => [
    [{}, tookSeconds],
  ])
}

let registered = false

const orderMetrics = () => {
  figure('orders_under_way', 'Orders that are not over, by status', ['status', 'zone'], ({ orders }) =>
    orders.map(({ count, oldestSeconds: _, ...labels }) => [labels, count]),
  )
  figure(
    'order_oldest_seconds',
    'How long the order that is longest in its status has been in it',
    ['status', 'zone'],
    ({ orders }) => orders.map(({ count: _, oldestSeconds, ...labels }) => [labels, oldestSeconds]),
  )
  figure(
    'order_overdue_seconds',
    'How late the latest order under way is against the p90 of its promise; 0 when none is',
    ['zone'],
    ({ overdue }) => overdue.map(({ zone, seconds }) => [{ zone }, seconds]),
  )
  figure(
    'order_deadline_overdue_seconds',
    'How long an order has been left open after its deadline to be paid or accepted; 0 when none is',
    [],
    ({ deadlineOverdueSeconds }) => [[{}, deadlineOverdueSeconds]],
  )
}

const deliveryMetrics = () => {
  figure('deliveries_waiting', 'Deliveries without a driver, by status', ['status', 'zone'], ({ deliveries }) =>
    deliveries.map(({ count, oldestSeconds: _, ...labels }) => [labels, count]),
  )
  figure(
    'delivery_oldest_waiting_seconds',
    'How long dispatch has looked for a driver for the delivery that waits longest; 0 when none waits',
    ['status', 'zone'],
    ({ deliveries }) => deliveries.map(({ count: _, oldestSeconds, ...labels }) => [labels, oldestSeconds]),
  )
  figure(
    'deliveries_in_trouble',
    'Deliveries that nobody takes, whose driver is silent or drives off, whose kitchen is late, on the board or kept back',
    ['trouble', 'zone'],
    ({ troubles }) => troubles.map(({ count, ...labels }) => [labels, count]),
  )
  figure('drivers_on_duty', 'Approved drivers who take offers, by the zone they are in', ['zone'], ({ drivers }) =>
    drivers.map(({ zone, onDuty }) => [{ zone }, onDuty]),
  )
  figure(
    'drivers_free',
    'Drivers on duty whose place is known, with nothing to bring and no offer to think about',
    ['zone'],
    ({ drivers }) => drivers.map(({ zone, free }) => [{ zone }, free]),
  )
  figure(
    'zone_without_holder_seconds',
    'How long no process has run the rounds of the zone; 0 while one does',
    ['zone'],
    ({ withoutHolder }) => withoutHolder.map(({ zone, seconds }) => [{ zone }, seconds]),
  )
}

const eventMetrics = () => {
  figure('events_log_seq', 'The newest event of the log', [], ({ events }) => [[{}, events.headSeq]])
  figure(
    'events_unnumbered_seconds',
    'Age of the oldest event that is committed and not yet numbered; 0 when there is none',
    [],
    ({ events }) => [[{}, events.unnumberedSeconds]],
  )
}

const backlogMetrics = () => {
  figure('webhooks_waiting', 'Webhooks that are kept and not yet acted on', [], ({ webhooks }) => [
    [{}, webhooks.count],
  ])
  figure(
    'webhooks_oldest_waiting_seconds',
    'How long the webhook that waits longest has waited; 0 when none waits',
    [],
    ({ webhooks }) => [[{}, webhooks.oldestSeconds]],
  )
  figure('database_connections', 'Connections to the database, of everybody, by state', ['state'], ({ connections }) =>
    connections.map(({ state, count }) => [{ state }, count]),
  )
  figure('database_connections_max', 'Connections that the database server allows', [], ({ connectionsMax }) => [
    [{}, connectionsMax],
  ])
}

type Values<L extends string> = (reading: MarketReading) => [labels: Partial<Record<L, string>>, value: number][]

const figure = <L extends string>(name: string, help: string, labels: L[], valuesOf: Values<L>) =>
  gauge(name, help, labels, async (self) => {
    const reading = await marketReading()
    self.reset()
    // A gauge without labels starts at 0 again, which would be a figure that nobody has read.
    if (labels.length === 0) self.remove()
    for (const [of, value] of reading ? valuesOf(reading) : []) self.set(of as never, value)
  })

const PING_LIMIT_MS = 1_000

/** How the database is, as this process sees it. */
export const databaseMetrics = (poolMax: number) => {
  if (databaseRegistered) return
  databaseRegistered = true
  gauge('database_up', 'Whether the last ping of the database was answered', [], (self) =>
    self.set(database.isAway ? 0 : 1),
  )
  gauge('database_pool_max', 'Connections that the pool of this process may have').set(poolMax)
  gauge('database_ping_seconds', 'Time of the last ping; absent while the database is away', [], (self) => {
    const { latencyMs } = database
    if (latencyMs === undefined) self.remove()
    else self.set(latencyMs / 1000)
  })
  gauge(
    'database_pool_wait_seconds',
    `Time of a trivial statement through the pool, asked at each scrape, at most ${PING_LIMIT_MS / 1000} s`,
    [],
    async (self) => {
      const startedMs = performance.now()
      const answered = await throughPool()
      const seconds = Math.min(performance.now() - startedMs, PING_LIMIT_MS) / 1000
      if (answered === 'failed') self.remove()
      else self.set(seconds)
    },
  )
}

let databaseRegistered = false

const throughPool = async (): Promise<'answered' | 'slow' | 'failed'> => {
  if (database.isAway) return 'failed'
  return Promise.race([
    Bun.sleep(PING_LIMIT_MS).then(() => 'slow' as const),
    database.sql`select 1`.then(
      () => 'answered' as const,
      () => 'failed' as const,
    ),
  ])
}
