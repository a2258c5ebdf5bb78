import { type Group, rising, steady } from '../alert.ts'
import { market } from './market.ts'

/** Rounds that go on, but worse than they should. */

const planned = (times: string) => `ridendine_dispatch_rounds_planned_total{job="dispatch",times="${times}"}`
const rounds = 'ridendine_dispatch_rounds_planned_total'
const failures = 'ridendine_dispatch_plan_failures_total{job="dispatch",policy="optimiser"}'

export const roundAlerts: Group = {
  name: 'rounds',
  alerts: [
    market({
      name: 'PlansFailing',
      expr: 'sum(increase(ridendine_dispatch_plan_failures_total[10m])) > 5',
      for: '0m',
      severity: 'ticket',
      summary: 'Plans of dispatch rounds fail',
      description:
        'The thread that plans dies or hangs. Rounds go on with the nearest drivers: no bundles, longer ways.',
      runbook: 'dispatch.md#plans-failing',
      labels: {},
      fires: { [failures]: rising(0, 2, 40) },
      quiet: { [failures]: steady(3, 40) },
    }),
    market({
      name: 'RoundsByEstimates',
      // Where there are no roads it is no news.
      expr: `sum(rate(${rounds}{times="estimates"}[10m])) / sum(rate(${rounds}[10m])) > 0.5
and sum(increase(${rounds}{times="roads"}[6h])) > 20`,
      for: '5m',
      severity: 'ticket',
      summary: 'Dispatch plans with estimated travel times',
      description: 'Routing does not answer, or knows no roads here. Offers go on; who is nearest is guessed.',
      runbook: 'dispatch.md#routing-away',
      labels: {},
      at: '5h30m',
      fires: { [planned('roads')]: '0+10x300 3000+0x60', [planned('estimates')]: '0+0x300 0+10x60' },
      quiet: { [planned('roads')]: steady(0, 360), [planned('estimates')]: rising(0, 10, 360) },
    }),
  ],
}
