import { type Dashboard, quantiles } from '../dashboard.ts'

const ZONE = 'zone=~"$zone"'
/** Counted once it has happened, so a new zone or a new replica has it from its first order on. */
const perMinute = (outcome: string) =>
  `60 * sum(rate(ridendine_orders_total{${ZONE},outcome="${outcome}"}[$__rate_interval]))`

export const marketplace: Dashboard = {
  uid: 'ridendine-marketplace',
  title: 'Marketplace',
  description: 'Orders, how long they take, and whether what was promised is kept.',
  variables: ['zone'],
  panels: [
    {
      title: 'Orders placed, a minute',
      kind: 'stat',
      unit: 'none',
      queries: [{ expr: '60 * ridendine:orders_placed:rate5m', legend: 'placed' }],
    },
    {
      title: 'Promises kept, last hour',
      description: 'Delivered before the latest time the customer was told. Nine in ten are promised to.',
      kind: 'stat',
      unit: 'percentunit',
      max: 1,
      thresholds: { warn: 0.9, bad: 0.8, lowerIsWorse: true },
      queries: [{ expr: `zone:ridendine_promises_kept:ratio_rate1h{${ZONE}}`, legend: '{{zone}}' }],
    },
    {
      title: 'Click-to-door p90, last hour',
      kind: 'stat',
      unit: 's',
      queries: [{ expr: `zone:ridendine_click_to_door_seconds:p90_1h{${ZONE}}`, legend: '{{zone}}' }],
    },
    {
      title: 'Orders under way',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `sum(max by (status, zone) (ridendine_orders_under_way{${ZONE}}))`, legend: 'under way' }],
    },
    {
      title: 'Orders, a minute',
      unit: 'none',
      min: 0,
      queries: ['placed', 'delivered'].map((outcome) => ({ expr: perMinute(outcome), legend: outcome })),
    },
    {
      title: 'Orders by how they ended, a minute',
      unit: 'none',
      min: 0,
      stacked: true,
      queries: [
        {
          expr: `60 * sum by (outcome) (rate(ridendine_orders_total{${ZONE},outcome!="placed"}[$__rate_interval]))`,
          legend: '{{outcome}}',
        },
      ],
    },
    {
      title: 'Click-to-door',
      description: 'From placing an order to its delivery.',
      unit: 's',
      min: 0,
      queries: quantiles([0.5, 0.9], 'ridendine_click_to_door_seconds', ZONE),
    },
    {
      title: 'Ready-to-pickup',
      description: 'How long food waits for its driver.',
      unit: 's',
      min: 0,
      thresholds: { warn: 180, bad: 600 },
      queries: quantiles([0.5, 0.9], 'ridendine_ready_to_pickup_seconds', ZONE),
    },
    {
      title: 'Orders under way, by status',
      unit: 'short',
      min: 0,
      stacked: true,
      queries: [
        {
          expr: `sum by (status) (max by (status, zone) (ridendine_orders_under_way{${ZONE}}))`,
          legend: '{{status}}',
        },
      ],
    },
    {
      title: 'The oldest order in each status',
      unit: 's',
      min: 0,
      queries: [{ expr: `max by (status) (ridendine_order_oldest_seconds{${ZONE}})`, legend: '{{status}}' }],
    },
    {
      title: 'The latest order, against its promise',
      unit: 's',
      min: 0,
      thresholds: { warn: 900, bad: 3600 },
      queries: [{ expr: `max by (zone) (ridendine_order_overdue_seconds{${ZONE}})`, legend: '{{zone}}' }],
    },
    {
      title: 'Left open after the deadline',
      description: 'To be paid or accepted. A job closes them within seconds.',
      unit: 's',
      min: 0,
      thresholds: { bad: 120 },
      queries: [{ expr: 'max(ridendine_order_deadline_overdue_seconds)', legend: 'oldest' }],
    },
  ],
}
