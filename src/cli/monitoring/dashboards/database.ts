import { type Dashboard, quantiles } from '../dashboard.ts'

const OURS = 'job=~"$job",instance=~"$instance"'

export const database: Dashboard = {
  uid: 'ridendine-database',
  title: 'Database',
  description: 'Postgres as our processes see it, and whether Redis answers.',
  variables: ['job', 'instance'],
  panels: [
    {
      title: 'Processes that reach it',
      kind: 'stat',
      unit: 'percentunit',
      thresholds: { bad: 1, lowerIsWorse: true },
      queries: [{ expr: `avg(ridendine_database_up{${OURS}})`, legend: 'up' }],
    },
    {
      title: 'Ping',
      kind: 'stat',
      unit: 's',
      thresholds: { warn: 0.05, bad: 0.25 },
      queries: [{ expr: `max(ridendine_database_ping_seconds{${OURS}})`, legend: 'slowest' }],
    },
    {
      title: 'Connections, of those allowed',
      kind: 'stat',
      unit: 'percentunit',
      thresholds: { warn: 0.7, bad: 0.85 },
      queries: [
        {
          expr: 'sum(max by (state) (ridendine_database_connections)) / max(ridendine_database_connections_max)',
          legend: 'taken',
        },
      ],
    },
    {
      title: 'Transactions, a second',
      kind: 'stat',
      unit: 'ops',
      queries: [
        {
          expr: `sum(rate(ridendine_database_transaction_seconds_count{${OURS}}[$__rate_interval]))`,
          legend: 'transactions',
        },
      ],
    },
    {
      title: 'Time of a transaction',
      description: 'Waiting for a connection included.',
      unit: 's',
      min: 0,
      thresholds: { bad: 0.5 },
      queries: quantiles([0.5, 0.95, 0.99], 'ridendine_database_transaction_seconds', OURS),
    },
    {
      title: 'Transactions under way, and the pool',
      unit: 'short',
      min: 0,
      queries: [
        { expr: `ridendine_database_transactions_open{${OURS}}`, legend: '{{job}} {{instance}} open' },
        { expr: `ridendine_database_pool_max{${OURS}}`, legend: '{{job}} {{instance}} pool' },
      ],
    },
    {
      title: 'A trivial statement through the pool',
      description: 'What it takes beyond the ping is waiting for a connection.',
      unit: 's',
      min: 0,
      thresholds: { bad: 0.25 },
      queries: [
        { expr: `ridendine_database_pool_wait_seconds{${OURS}}`, legend: '{{job}} {{instance}} pool' },
        { expr: `ridendine_database_ping_seconds{${OURS}}`, legend: '{{job}} {{instance}} ping' },
      ],
    },
    {
      title: 'Connections by state',
      unit: 'short',
      min: 0,
      queries: [
        { expr: 'max by (state) (ridendine_database_connections)', legend: '{{state}}' },
        { expr: 'max(ridendine_database_connections_max)', legend: 'allowed' },
      ],
    },
    {
      title: 'Time to read the figures of the market',
      description: 'Two and a half seconds are the limit; then they are left out.',
      unit: 's',
      min: 0,
      thresholds: { warn: 0.5, bad: 2.5 },
      queries: [{ expr: `ridendine_market_reading_seconds{${OURS}}`, legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'Redis answers',
      description: 'Without one each process has its own in memory, and says so.',
      unit: 'short',
      min: 0,
      thresholds: { bad: 1, lowerIsWorse: true },
      queries: [{ expr: `ridendine_redis_up{${OURS}}`, legend: '{{job}} {{instance}} {{kind}}' }],
    },
    {
      title: 'Webhooks that wait',
      unit: 'short',
      min: 0,
      queries: [{ expr: 'max(ridendine_webhooks_waiting)', legend: 'waiting' }],
    },
  ],
}
