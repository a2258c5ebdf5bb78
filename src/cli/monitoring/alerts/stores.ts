import { type Group, rising, steady } from '../alert.ts'

/** Whether what must be there is there: processes, the database, Redis, the readers of the event log. */

const api = 'job="api",instance="api:9001"'
const apiLabels = { job: 'api', instance: 'api:9001' }

export const stores: Group = {
  name: 'stores',
  alerts: [
    {
      name: 'TargetDown',
      expr: 'up == 0',
      for: '1m',
      severity: 'page',
      area: 'stores',
      summary: '{{ $labels.instance }} of {{ $labels.job }} does not answer',
      description: 'Prometheus could not read its metrics for a minute: the process is down, or cannot be reached.',
      runbook: 'restart-services.md#target-down',
      fires: [{ series: { [`up{${api}}`]: steady(0, 10) }, at: '5m', labels: apiLabels }],
      // One lost scrape is no outage.
      quiet: [{ series: { [`up{${api}}`]: '1 1 0 1 1 1 1 1' }, at: '2m' }],
    },
    {
      name: 'NoServer',
      expr: 'absent(ridendine_build_info)',
      for: '2m',
      severity: 'page',
      area: 'stores',
      summary: 'No RideNDine process is seen at all',
      description: 'Either none runs, or Prometheus looks for them in the wrong place.',
      runbook: 'restart-services.md#no-server',
      fires: [{ series: { [`up{${api}}`]: steady(0, 10) }, at: '5m' }],
      quiet: [{ series: { [`ridendine_build_info{${api},version="1"}`]: steady(1, 10) }, at: '5m' }],
    },
    {
      name: 'ProcessesRestarting',
      expr: 'sum by (job) (changes(process_start_time_seconds[15m])) > 3',
      for: '0s',
      severity: 'ticket',
      area: 'stores',
      summary: '{{ $labels.job }} is started again and again',
      description: 'More than three starts in a quarter of an hour, other than by a deployment that is under way.',
      runbook: 'restart-services.md#processes-restarting',
      fires: [
        { series: { [`process_start_time_seconds{${api}}`]: rising(0, 60, 15) }, at: '10m', labels: { job: 'api' } },
      ],
      quiet: [{ series: { [`process_start_time_seconds{${api}}`]: '0 0 0 100 100 100 100 100 100 100' }, at: '9m' }],
    },
    {
      name: 'DatabaseAway',
      expr: 'max(ridendine_database_up) == 0',
      for: '30s',
      severity: 'page',
      area: 'stores',
      summary: 'No process reaches the database',
      description: 'Everything that reads or writes is answered with 503. Nothing that was accepted is lost.',
      runbook: 'database-recovery.md#database-away',
      fires: [{ series: { [`ridendine_database_up{${api}}`]: steady(0, 10) }, at: '5m' }],
      quiet: [
        {
          series: {
            [`ridendine_database_up{${api}}`]: steady(0, 10),
            'ridendine_database_up{job="dispatch",instance="dispatch:9002"}': steady(1, 10),
          },
          at: '5m',
        },
      ],
    },
    {
      name: 'DatabaseAwayFromReplica',
      expr: 'ridendine_database_up == 0 and on () max(ridendine_database_up) == 1',
      for: '2m',
      severity: 'ticket',
      area: 'stores',
      summary: '{{ $labels.instance }} of {{ $labels.job }} does not reach the database, others do',
      description: 'It is not ready and gets no requests. Its network, its password or its pool is the cause.',
      runbook: 'database-recovery.md#database-away-from-replica',
      fires: [
        {
          series: {
            [`ridendine_database_up{${api}}`]: steady(0, 10),
            'ridendine_database_up{job="dispatch",instance="dispatch:9002"}': steady(1, 10),
          },
          at: '5m',
          labels: apiLabels,
        },
      ],
      quiet: [{ series: { [`ridendine_database_up{${api}}`]: steady(0, 10) }, at: '5m' }],
    },
    {
      name: 'RedisAway',
      expr: 'max(ridendine_redis_up) == 0',
      for: '1m',
      severity: 'ticket',
      area: 'stores',
      summary: 'No process reaches Redis',
      description:
        'Rate limits count by process, caches are passed by, positions are those that each process was told.',
      runbook: 'restart-services.md#redis-away',
      fires: [{ series: { [`ridendine_redis_up{${api}}`]: steady(0, 10) }, at: '5m' }],
      quiet: [{ series: { [`ridendine_redis_up{${api}}`]: '1 1 0 1 1 1 1 1' }, at: '3m' }],
    },
    {
      name: 'ReplicationLag',
      // CloudNativePG's name, and postgres_exporter's.
      expr: 'cnpg_pg_replication_lag > 30 or pg_replication_lag_seconds > 30',
      for: '5m',
      severity: 'page',
      area: 'stores',
      summary: 'A replica of the database is behind: {{ $labels.instance }}',
      description: 'Half a minute or more of what was accepted would be missing, were the primary lost now.',
      runbook: 'database-recovery.md#replication-lag',
      fires: [
        {
          series: { 'cnpg_pg_replication_lag{job="postgres",instance="db-2"}': rising(0, 60, 20) },
          at: '15m',
          labels: { job: 'postgres', instance: 'db-2' },
        },
        {
          series: { 'pg_replication_lag_seconds{job="exporters",instance="e:9187"}': steady(31, 20) },
          at: '15m',
          labels: { job: 'exporters', instance: 'e:9187' },
        },
      ],
      quiet: [
        {
          series: {
            'cnpg_pg_replication_lag{job="postgres",instance="db-2"}': '0 45 45 0 0 45 0 0 0 45 0 0 0 0 0 0',
            'pg_replication_lag_seconds{job="exporters",instance="e:9187"}': steady(2, 20),
          },
          at: '15m',
        },
      ],
    },
    {
      name: 'EventReaderBehind',
      // What was in the log a minute ago must have been read by now, however fast it grows.
      expr: 'scalar(max(ridendine_events_log_seq offset 1m)) - ridendine_events_head_seq > 0',
      for: '1m',
      severity: 'page',
      area: 'stores',
      summary: '{{ $labels.instance }} of {{ $labels.job }} is more than a minute behind the event log',
      description: 'Its sockets, its dispatch rounds and its caches hear of orders late.',
      runbook: 'performance-degradation.md#event-reader-behind',
      fires: [
        {
          series: {
            [`ridendine_events_log_seq{${api}}`]: rising(1000, 100, 20),
            [`ridendine_events_head_seq{${api}}`]: steady(1100, 20),
          },
          at: '10m',
          labels: apiLabels,
        },
      ],
      quiet: [
        {
          series: {
            [`ridendine_events_log_seq{${api}}`]: rising(1000, 100_000, 20),
            [`ridendine_events_head_seq{${api}}`]: rising(950, 100_000, 20),
          },
          at: '10m',
        },
      ],
    },
    {
      name: 'EventsNotNumbered',
      expr: 'max(ridendine_events_unnumbered_seconds) > 30',
      for: '1m',
      severity: 'page',
      area: 'stores',
      summary: 'Committed events wait for their number',
      description: 'No reader numbers them: nobody hears of what happens, and dispatch waits for its next round.',
      runbook: 'performance-degradation.md#events-not-numbered',
      fires: [{ series: { [`ridendine_events_unnumbered_seconds{${api}}`]: rising(0, 60, 10) }, at: '8m' }],
      quiet: [{ series: { [`ridendine_events_unnumbered_seconds{${api}}`]: steady(2, 10) }, at: '8m' }],
    },
    {
      name: 'MarketFiguresMissing',
      expr: 'absent(ridendine_market_reading_seconds) and on () count(ridendine_build_info)',
      for: '5m',
      severity: 'ticket',
      area: 'stores',
      summary: 'Figures of the market are not read',
      description:
        'Processes run, but none could read orders, deliveries and drivers in time: alerts on them are blind.',
      runbook: 'monitoring.md#market-figures-missing',
      fires: [{ series: { [`ridendine_build_info{${api},version="1"}`]: steady(1, 20) }, at: '10m' }],
      quiet: [
        {
          series: {
            [`ridendine_build_info{${api},version="1"}`]: steady(1, 20),
            [`ridendine_market_reading_seconds{${api}}`]: steady(0.01, 20),
          },
          at: '10m',
        },
      ],
    },
  ],
}
