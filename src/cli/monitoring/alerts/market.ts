import { type Alert, type Group, rising, steady } from '../alert.ts'

/** Whether customers get their food: orders, deliveries, drivers, promises. All replicas tell the same: the greatest counts. */

const at = 'job="api",instance="api:9001",zone="city"'
const zoned = { zone: 'city' }
const minutes = (count: number) => count * 60

type Simple = Pick<Alert, 'name' | 'expr' | 'for' | 'severity' | 'summary' | 'description' | 'runbook'> & {
  fires: Record<string, string>
  quiet: Record<string, string>
  labels?: Record<string, string>
  at?: string
}

/** An alert about the market, with a series for which it fires and one for which it does not. */
export const market = ({ fires, quiet, labels = zoned, at: instant = '20m', ...alert }: Simple): Alert => ({
  ...alert,
  area: 'market',
  fires: [{ series: fires, at: instant, labels }],
  quiet: [{ series: quiet, at: instant }],
})

const oldest = (status: string) => `ridendine_order_oldest_seconds{${at},status="${status}"}`

/** How long an order may be in each state. A kitchen may cook for eight hours; how late it is, OrderOverdue tells. */
const STUCK_AFTER_SECONDS = {
  payment_confirmed: minutes(20),
  'accepted|preparing': minutes(9 * 60),
  ready_for_pickup: minutes(45),
  picked_up: minutes(90),
}

const stuck = Object.entries(STUCK_AFTER_SECONDS)
  .map(
    ([status, seconds]) => `max by (status, zone) (ridendine_order_oldest_seconds{status=~"${status}"}) > ${seconds}`,
  )
  .join('\nor ')

export const marketRecordings = [
  {
    record: 'ridendine:orders_placed:rate5m',
    expr: 'sum(rate(ridendine_orders_total{outcome="placed"}[5m]))',
  },
  {
    record: 'zone:ridendine_promises_kept:ratio_rate1h',
    expr: `(
  sum by (zone) (rate(ridendine_promises_total{outcome="kept"}[1h]))
  or 0 * sum by (zone) (rate(ridendine_promises_total[1h]))
) / (sum by (zone) (rate(ridendine_promises_total[1h])) > 0)`,
  },
  {
    record: 'zone:ridendine_click_to_door_seconds:p90_1h',
    expr: 'histogram_quantile(0.9, sum by (le, zone) (rate(ridendine_click_to_door_seconds_bucket[1h])))',
  },
]

export const marketAlerts: Group = {
  name: 'market',
  recordings: marketRecordings,
  alerts: [
    market({
      name: 'OrderStuck',
      expr: stuck,
      for: '2m',
      severity: 'page',
      summary: 'An order in {{ $labels.zone }} has been {{ $labels.status }} for too long',
      description: 'Somebody has paid and waits. The order is found by its status and age; support can move or end it.',
      runbook: 'incident.md#order-stuck',
      labels: { ...zoned, status: 'ready_for_pickup' },
      fires: { [oldest('ready_for_pickup')]: rising(minutes(40), 60, 20), [oldest('preparing')]: steady(1200, 20) },
      quiet: {
        [oldest('payment_confirmed')]: steady(minutes(9), 20),
        [oldest('ready_for_pickup')]: steady(minutes(20), 20),
        [oldest('picked_up')]: steady(minutes(50), 20),
        [oldest('preparing')]: steady(minutes(480), 20),
      },
    }),
    market({
      name: 'OrderOverdue',
      expr: 'max by (zone) (ridendine_order_overdue_seconds) > 3600',
      for: '5m',
      severity: 'ticket',
      summary: 'An order in {{ $labels.zone }} is an hour later than promised',
      description: 'It is still under way an hour after the latest time its customer was told.',
      runbook: 'incident.md#order-overdue',
      fires: { [`ridendine_order_overdue_seconds{${at}}`]: rising(3000, 60, 30) },
      quiet: { [`ridendine_order_overdue_seconds{${at}}`]: steady(600, 30) },
    }),
    market({
      name: 'OrderDeadlinesMissed',
      expr: 'max(ridendine_order_deadline_overdue_seconds) > 120',
      for: '2m',
      severity: 'page',
      summary: 'Orders past their deadline are not closed',
      description:
        'The job that ends unpaid and unanswered orders does not: portions stay taken and payments are kept.',
      runbook: 'jobs.md#order-deadlines-missed',
      labels: {},
      fires: { 'ridendine_order_deadline_overdue_seconds{job="api"}': rising(0, 60, 30) },
      quiet: { 'ridendine_order_deadline_overdue_seconds{job="api"}': steady(3, 30) },
    }),
    market({
      name: 'DeliveryUnassigned',
      expr: 'max by (zone) (ridendine_delivery_oldest_waiting_seconds) > 600',
      for: '2m',
      severity: 'page',
      summary: 'A delivery in {{ $labels.zone }} finds no driver',
      description:
        'Dispatch has looked for ten minutes. GET /dispatch/decisions?orderId= says why the candidates lost.',
      runbook: 'dispatch.md#delivery-unassigned',
      fires: {
        [`ridendine_delivery_oldest_waiting_seconds{${at},status="unassigned"}`]: rising(0, 60, 30),
        [`ridendine_delivery_oldest_waiting_seconds{${at},status="offered"}`]: steady(0, 30),
      },
      quiet: { [`ridendine_delivery_oldest_waiting_seconds{${at},status="unassigned"}`]: steady(240, 30) },
    }),
    market({
      name: 'NoDriversInZone',
      expr: `max by (zone) (ridendine_drivers_on_duty) == 0
and on (zone) sum by (zone) (max by (zone, status) (ridendine_orders_under_way)) > 0`,
      for: '5m',
      severity: 'page',
      summary: 'Nobody drives in {{ $labels.zone }} while orders are under way',
      description: 'Call drivers in, or close the zone to new orders.',
      runbook: 'dispatch.md#no-drivers-in-zone',
      fires: {
        [`ridendine_drivers_on_duty{${at}}`]: steady(0, 30),
        [`ridendine_orders_under_way{${at},status="preparing"}`]: steady(3, 30),
      },
      // At night nobody drives and nobody orders.
      quiet: {
        [`ridendine_drivers_on_duty{${at}}`]: steady(0, 30),
        'ridendine_orders_under_way{zone="other",status="preparing"}': steady(3, 30),
        'ridendine_drivers_on_duty{zone="other"}': steady(2, 30),
      },
    }),
    market({
      name: 'NoFreeDrivers',
      expr: `max by (zone) (ridendine_drivers_free) == 0
and on (zone) max by (zone) (ridendine_drivers_on_duty) > 0
and on (zone) max by (zone) (ridendine_deliveries_waiting{status="unassigned"}) > 0`,
      for: '15m',
      severity: 'ticket',
      summary: 'All drivers in {{ $labels.zone }} have been busy for a while',
      description: 'Deliveries wait and nobody is free: more drivers, or a higher demand multiplier.',
      runbook: 'dispatch.md#no-free-drivers',
      at: '40m',
      fires: {
        [`ridendine_drivers_free{${at}}`]: steady(0, 50),
        [`ridendine_drivers_on_duty{${at}}`]: steady(4, 50),
        [`ridendine_deliveries_waiting{${at},status="unassigned"}`]: steady(6, 50),
      },
      quiet: {
        [`ridendine_drivers_free{${at}}`]: steady(0, 50),
        [`ridendine_drivers_on_duty{${at}}`]: steady(4, 50),
        [`ridendine_deliveries_waiting{${at},status="unassigned"}`]: steady(0, 50),
      },
    }),
    market({
      name: 'PromisesBroken',
      expr: `zone:ridendine_promises_kept:ratio_rate1h < 0.8
and on (zone) sum by (zone) (increase(ridendine_promises_total[1h])) > 20`,
      for: '10m',
      severity: 'ticket',
      summary: 'Too few orders in {{ $labels.zone }} come before the promised time',
      description: 'Nine in ten are promised to; in the last hour it was less than eight.',
      runbook: 'dispatch.md#promises-broken',
      at: '2h',
      fires: {
        [`ridendine_promises_total{${at},outcome="kept"}`]: rising(0, 3, 130),
        [`ridendine_promises_total{${at},outcome="broken"}`]: rising(0, 2, 130),
      },
      quiet: {
        [`ridendine_promises_total{${at},outcome="kept"}`]: rising(0, 9, 130),
        [`ridendine_promises_total{${at},outcome="broken"}`]: rising(0, 1, 130),
      },
    }),
    market({
      name: 'OrdersStopped',
      expr: `sum(rate(ridendine_orders_total{outcome="placed"}[15m])) == 0
and sum(rate(ridendine_orders_total{outcome="placed"}[15m] offset 1d)) > 0.01`,
      for: '10m',
      severity: 'page',
      summary: 'Nobody orders, and yesterday at this hour many did',
      description: 'Customers cannot reach us, or cannot order: what probes do not see.',
      runbook: 'incident.md#orders-stopped',
      labels: {},
      at: '25h',
      fires: { [`ridendine_orders_total{${at},outcome="placed"}`]: '0+10x1440 14400+0x120' },
      quiet: { [`ridendine_orders_total{${at},outcome="placed"}`]: rising(0, 10, 1560) },
    }),
    market({
      name: 'DispatchStopped',
      expr: 'sum(rate(ridendine_dispatch_round_seconds_count[5m])) == 0',
      for: '2m',
      severity: 'page',
      summary: 'No dispatch round has run for minutes',
      description: 'No offers are made in any zone. The log of the dispatch processes says why.',
      runbook: 'dispatch.md#dispatch-stopped',
      labels: {},
      fires: { 'ridendine_dispatch_round_seconds_count{job="dispatch"}': steady(500, 30) },
      quiet: { 'ridendine_dispatch_round_seconds_count{job="dispatch"}': rising(500, 30, 30) },
    }),
    market({
      name: 'ZoneWithoutHolder',
      expr: 'min by (zone) (ridendine_zone_without_holder_seconds) > 30',
      for: '1m',
      severity: 'page',
      summary: 'No process runs the rounds of {{ $labels.zone }}',
      description: 'No offers are made in that zone. It should be taken over within ten seconds.',
      runbook: 'dispatch.md#zone-without-holder',
      fires: { [`ridendine_zone_without_holder_seconds{${at}}`]: rising(0, 60, 30) },
      quiet: { [`ridendine_zone_without_holder_seconds{${at}}`]: steady(0, 30) },
    }),
    market({
      name: 'DispatchSlow',
      expr: 'histogram_quantile(0.95, sum by (le) (rate(ridendine_dispatch_round_seconds_bucket[5m]))) > 2',
      for: '10m',
      severity: 'ticket',
      summary: 'Dispatch rounds take longer than two seconds',
      description: 'Offers come late. More dispatch replicas share the zones among them.',
      runbook: 'dispatch.md#dispatch-slow',
      labels: {},
      fires: {
        'ridendine_dispatch_round_seconds_bucket{job="dispatch",le="1"}': rising(0, 1, 30),
        'ridendine_dispatch_round_seconds_bucket{job="dispatch",le="2.5"}': rising(0, 30, 30),
        'ridendine_dispatch_round_seconds_bucket{job="dispatch",le="+Inf"}': rising(0, 30, 30),
      },
      quiet: {
        'ridendine_dispatch_round_seconds_bucket{job="dispatch",le="0.05"}': rising(0, 30, 30),
        'ridendine_dispatch_round_seconds_bucket{job="dispatch",le="2.5"}': rising(0, 30, 30),
        'ridendine_dispatch_round_seconds_bucket{job="dispatch",le="+Inf"}': rising(0, 30, 30),
      },
    }),
    market({
      name: 'OffersUnanswered',
      expr: `sum(increase(ridendine_dispatch_offers_total{outcome="expired"}[30m]))
  / sum(increase(ridendine_dispatch_offers_total{outcome="made"}[30m])) > 0.5
and sum(increase(ridendine_dispatch_offers_total{outcome="made"}[30m])) > 20`,
      for: '10m',
      severity: 'ticket',
      summary: 'More than half of the offers run out unanswered',
      description: 'Drivers do not see them: their apps, their sockets, or drivers who left without going off duty.',
      runbook: 'dispatch.md#offers-unanswered',
      labels: {},
      at: '50m',
      fires: {
        'ridendine_dispatch_offers_total{job="dispatch",outcome="made"}': rising(0, 10, 60),
        'ridendine_dispatch_offers_total{job="dispatch",outcome="expired"}': rising(0, 7, 60),
      },
      quiet: {
        'ridendine_dispatch_offers_total{job="dispatch",outcome="made"}': rising(0, 10, 60),
        'ridendine_dispatch_offers_total{job="dispatch",outcome="expired"}': rising(0, 2, 60),
      },
    }),
  ],
}
