import type { Dashboard, Panel } from '../dashboard.ts'

/** Counters hold minor units, here shown in hundreds of them: dollars, euros, kronor. */
const perMinute = (fact: string) =>
  `60 * sum by (currency, fact) (rate(ridendine_money_cents_total{fact=~"${fact}"}[$__rate_interval])) / 100`

const ofLastDay = (fact: string) =>
  `sum by (currency) (increase(ridendine_money_cents_total{fact="${fact}"}[1d])) / 100`

const stat = (title: string, fact: string): Panel => ({
  title,
  kind: 'stat',
  unit: 'none',
  queries: [{ expr: ofLastDay(fact), legend: '{{currency}}' }],
})

export const money: Dashboard = {
  uid: 'ridendine-money',
  title: 'Money',
  description:
    'What is paid, refunded and earned, as processes have counted it since they started: the ledger is the truth.',
  variables: [],
  panels: [
    stat('Paid, last day', 'payment'),
    stat('Refunded, last day', 'refund'),
    stat('Commission, last day', 'commission'),
    stat('Delivery fees, last day', 'delivery_fee'),
    {
      title: 'Paid and refunded, a minute',
      unit: 'none',
      min: 0,
      queries: [{ expr: perMinute('payment|refund'), legend: '{{fact}} {{currency}}' }],
    },
    {
      title: 'Of delivered orders, a minute',
      description: "Commission and service fee are ours, delivery fee and tip the driver's, tax is owed.",
      unit: 'none',
      min: 0,
      queries: [{ expr: perMinute('commission|service_fee|delivery_fee|tip|tax'), legend: '{{fact}} {{currency}}' }],
    },
    {
      title: 'Refunded, of what was paid',
      unit: 'percentunit',
      min: 0,
      thresholds: { warn: 0.05, bad: 0.15 },
      queries: [
        {
          expr: '(sum by (currency) (rate(ridendine_money_cents_total{fact="refund"}[1h])) or 0 * sum by (currency) (rate(ridendine_money_cents_total{fact="payment"}[1h]))) / (sum by (currency) (rate(ridendine_money_cents_total{fact="payment"}[1h])) > 0)',
          legend: '{{currency}}',
        },
      ],
    },
  ],
}
