import { type Dashboard, quantiles } from '../dashboard.ts'

const ZONE = 'zone=~"$zone"'

export const dispatch: Dashboard = {
  uid: 'ridendine-dispatch',
  title: 'Dispatch',
  description: 'Rounds, decisions, offers, drivers, and deliveries that wait.',
  variables: ['zone'],
  panels: [
    {
      title: 'Drivers on duty',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `sum(max by (zone) (ridendine_drivers_on_duty{${ZONE}}))`, legend: 'on duty' }],
    },
    {
      title: 'Drivers free',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `sum(max by (zone) (ridendine_drivers_free{${ZONE}}))`, legend: 'free' }],
    },
    {
      title: 'Deliveries without a driver',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: `sum(max by (status, zone) (ridendine_deliveries_waiting{${ZONE}}))`, legend: 'waiting' }],
    },
    {
      title: 'The longest waiting',
      kind: 'stat',
      unit: 's',
      thresholds: { warn: 300, bad: 600 },
      queries: [{ expr: `max(ridendine_delivery_oldest_waiting_seconds{${ZONE}})`, legend: 'longest' }],
    },
    {
      title: 'Drivers by zone',
      unit: 'short',
      min: 0,
      queries: [
        { expr: `max by (zone) (ridendine_drivers_on_duty{${ZONE}})`, legend: '{{zone}} on duty' },
        { expr: `max by (zone) (ridendine_drivers_free{${ZONE}})`, legend: '{{zone}} free' },
      ],
    },
    {
      title: 'Deliveries that wait',
      unit: 'short',
      min: 0,
      queries: [
        { expr: `max by (zone, status) (ridendine_deliveries_waiting{${ZONE}})`, legend: '{{zone}} {{status}}' },
      ],
    },
    {
      title: 'How long the longest has waited',
      description: 'Since dispatch began to look for a driver.',
      unit: 's',
      min: 0,
      thresholds: { warn: 300, bad: 600 },
      queries: [{ expr: `max by (zone) (ridendine_delivery_oldest_waiting_seconds{${ZONE}})`, legend: '{{zone}}' }],
    },
    {
      title: 'Deliveries in trouble',
      description: 'Nobody takes them, their driver is silent or does not come, or an operator keeps them back.',
      unit: 'short',
      min: 0,
      queries: [
        { expr: `max by (zone, trouble) (ridendine_deliveries_in_trouble{${ZONE}})`, legend: '{{zone}} {{trouble}}' },
      ],
    },
    {
      title: 'Offers by how they ended, a minute',
      unit: 'none',
      min: 0,
      queries: [
        {
          expr: '60 * sum by (outcome) (rate(ridendine_dispatch_offers_total[$__rate_interval]))',
          legend: '{{outcome}}',
        },
      ],
    },
    {
      title: 'Decisions, a minute',
      unit: 'none',
      min: 0,
      queries: [
        {
          expr: '60 * sum by (outcome) (rate(ridendine_dispatch_decisions_total[$__rate_interval]))',
          legend: '{{outcome}}',
        },
      ],
    },
    {
      title: 'Offers taken, of those made',
      unit: 'percentunit',
      min: 0,
      queries: [
        {
          expr: 'sum(rate(ridendine_dispatch_offers_total{outcome="accepted"}[$__rate_interval])) / (sum(rate(ridendine_dispatch_offers_total{outcome="made"}[$__rate_interval])) > 0)',
          legend: 'accepted',
        },
      ],
    },
    {
      title: 'Rounds, a second',
      unit: 'ops',
      min: 0,
      queries: [{ expr: 'sum(rate(ridendine_dispatch_round_seconds_count[$__rate_interval]))', legend: 'rounds' }],
    },
    {
      title: 'Zones without a holder',
      description: 'How long no process has run the rounds of a zone.',
      unit: 's',
      min: 0,
      thresholds: { warn: 10, bad: 30 },
      queries: [{ expr: `min by (zone) (ridendine_zone_without_holder_seconds{${ZONE}})`, legend: '{{zone}}' }],
    },
    {
      title: 'Zones by who holds them',
      unit: 'short',
      min: 0,
      stacked: true,
      queries: [{ expr: 'max by (instance) (ridendine_dispatch_zones_held)', legend: '{{instance}}' }],
    },
    {
      title: 'Time of a round',
      unit: 's',
      min: 0,
      thresholds: { bad: 2 },
      queries: quantiles([0.5, 0.95], 'ridendine_dispatch_round_seconds', ''),
    },
    {
      title: 'Travel times by who knew them, a second',
      description: 'Legs from roads, from other providers and their cache, and estimates by the great circle.',
      unit: 'ops',
      min: 0,
      stacked: true,
      queries: [
        { expr: 'sum by (source) (rate(ridendine_routing_legs_total[$__rate_interval]))', legend: '{{source}}' },
      ],
    },
    {
      title: 'Routing providers that do not answer',
      kind: 'stat',
      unit: 'short',
      thresholds: { bad: 1 },
      queries: [{ expr: 'sum(max by (provider) (ridendine_routing_circuit_open)) or vector(0)', legend: 'left alone' }],
    },
  ],
}
