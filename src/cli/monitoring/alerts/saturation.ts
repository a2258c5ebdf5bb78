import { type Alert, type Group, rising, steady } from '../alert.ts'

/** What fills up before it fails. */

const api = 'job="api",instance="api:9001"'
const apiLabels = { job: 'api', instance: 'api:9001' }

type Simple = Pick<Alert, 'name' | 'expr' | 'for' | 'severity' | 'summary' | 'description' | 'runbook'> & {
  fires: Record<string, string>
  quiet: Record<string, string>
  labels?: Record<string, string>
  at?: string
}

const saturated = ({ fires, quiet, labels = apiLabels, at = '20m', ...alert }: Simple): Alert => ({
  ...alert,
  area: 'saturation',
  fires: [{ series: fires, at, labels }],
  quiet: [{ series: quiet, at }],
})

const transactions = (le: string) => `ridendine_database_transaction_seconds_bucket{${api},le="${le}"}`

export const saturation: Group = {
  name: 'saturation',
  alerts: [
    saturated({
      name: 'EventLoopSlow',
      expr: 'nodejs_eventloop_lag_p99_seconds > 0.2',
      for: '5m',
      severity: 'ticket',
      summary: 'The event loop of {{ $labels.instance }} ({{ $labels.job }}) is late by 0.2 s and more',
      description: 'Each request waits that long before anything is done for it. More replicas, or less work in one.',
      runbook: 'performance-degradation.md#event-loop',
      fires: { [`nodejs_eventloop_lag_p99_seconds{${api}}`]: steady(0.3, 30) },
      quiet: { [`nodejs_eventloop_lag_p99_seconds{${api}}`]: steady(0.02, 30) },
    }),
    saturated({
      name: 'EventLoopBlocked',
      expr: 'nodejs_eventloop_lag_p99_seconds > 1',
      for: '2m',
      severity: 'page',
      summary: 'The event loop of {{ $labels.instance }} ({{ $labels.job }}) stands still for seconds',
      description: 'Probes will soon fail and the process be replaced; what blocks it goes with the load to the next.',
      runbook: 'performance-degradation.md#event-loop',
      fires: { [`nodejs_eventloop_lag_p99_seconds{${api}}`]: steady(1.5, 30) },
      quiet: { [`nodejs_eventloop_lag_p99_seconds{${api}}`]: '0.1 3 0.1 0.1 0.1 3 0.1 0.1 0.1' },
      at: '6m',
    }),
    saturated({
      name: 'CpuSaturated',
      expr: 'rate(process_cpu_seconds_total{job!~"prometheus|alertmanager|grafana|exporters"}[5m]) > 0.9',
      for: '10m',
      severity: 'ticket',
      summary: '{{ $labels.instance }} of {{ $labels.job }} uses its processor fully',
      description: 'JavaScript runs on one processor: from here on requests queue. Add replicas.',
      runbook: 'scaling.md#cpu-saturated',
      fires: { [`process_cpu_seconds_total{${api}}`]: rising(0, 57, 30) },
      quiet: {
        [`process_cpu_seconds_total{${api}}`]: rising(0, 30, 30),
        'process_cpu_seconds_total{job="prometheus",instance="p:9090"}': rising(0, 100, 30),
      },
    }),
    saturated({
      name: 'MemoryHigh',
      expr: 'process_resident_memory_bytes / ridendine_memory_limit_bytes > 0.9',
      for: '5m',
      severity: 'page',
      summary: '{{ $labels.instance }} of {{ $labels.job }} uses more than 90 % of its memory',
      description: 'At its limit the kernel ends it, and its sockets and requests with it.',
      runbook: 'scaling.md#memory-high',
      fires: {
        [`process_resident_memory_bytes{${api}}`]: steady(470e6, 30),
        [`ridendine_memory_limit_bytes{${api}}`]: steady(512e6, 30),
      },
      quiet: {
        [`process_resident_memory_bytes{${api}}`]: steady(300e6, 30),
        [`ridendine_memory_limit_bytes{${api}}`]: steady(512e6, 30),
      },
    }),
    saturated({
      name: 'FileDescriptorsHigh',
      expr: 'process_open_fds / process_max_fds > 0.8',
      for: '5m',
      severity: 'ticket',
      summary: '{{ $labels.instance }} of {{ $labels.job }} has most of its file descriptors open',
      description: 'Each socket is one. At the limit new connections are refused.',
      runbook: 'scaling.md#file-descriptors-high',
      fires: { [`process_open_fds{${api}}`]: steady(900, 30), [`process_max_fds{${api}}`]: steady(1024, 30) },
      quiet: { [`process_open_fds{${api}}`]: steady(90, 30), [`process_max_fds{${api}}`]: steady(1024, 30) },
    }),
    saturated({
      name: 'DatabasePoolSaturated',
      expr: 'avg_over_time(ridendine_database_pool_wait_seconds[2m]) > 0.25',
      for: '3m',
      severity: 'page',
      summary: 'Requests of {{ $labels.instance }} ({{ $labels.job }}) wait for a connection to the database',
      description: 'A trivial statement takes more than a quarter of a second through the pool.',
      runbook: 'performance-degradation.md#database-pool-saturated',
      fires: { [`ridendine_database_pool_wait_seconds{${api}}`]: steady(0.6, 30) },
      quiet: { [`ridendine_database_pool_wait_seconds{${api}}`]: '0.001 0.4 0.001+0x28' },
    }),
    saturated({
      name: 'DatabaseConnectionsHigh',
      expr: 'sum(max by (state) (ridendine_database_connections)) / max(ridendine_database_connections_max) > 0.85',
      for: '5m',
      severity: 'ticket',
      summary: 'Most connections that the database allows are taken',
      description: 'The next replica, or the next deployment, may find none. A pooler, or smaller pools.',
      runbook: 'scaling.md#database-connections-high',
      labels: {},
      fires: {
        [`ridendine_database_connections{${api},state="idle"}`]: steady(80, 30),
        [`ridendine_database_connections{${api},state="active"}`]: steady(10, 30),
        'ridendine_database_connections{job="api",instance="b",state="idle"}': steady(80, 30),
        [`ridendine_database_connections_max{${api}}`]: steady(100, 30),
      },
      // Two replicas tell the same connections: they count once.
      quiet: {
        [`ridendine_database_connections{${api},state="idle"}`]: steady(50, 30),
        'ridendine_database_connections{job="api",instance="b",state="idle"}': steady(50, 30),
        [`ridendine_database_connections_max{${api}}`]: steady(100, 30),
      },
    }),
    saturated({
      name: 'DatabaseSlow',
      expr: 'histogram_quantile(0.95, sum by (le, job) (rate(ridendine_database_transaction_seconds_bucket[5m]))) > 0.5',
      for: '10m',
      severity: 'ticket',
      summary: 'Transactions of {{ $labels.job }} take long',
      description: 'One in twenty takes more than half a second: a lock, a missing index, a slow disk.',
      runbook: 'performance-degradation.md#database-slow',
      labels: { job: 'api' },
      fires: {
        [transactions('0.5')]: rising(0, 50, 30),
        [transactions('1')]: rising(0, 90, 30),
        [transactions('+Inf')]: rising(0, 100, 30),
      },
      quiet: {
        [transactions('0.025')]: rising(0, 99, 30),
        [transactions('0.5')]: rising(0, 100, 30),
        [transactions('+Inf')]: rising(0, 100, 30),
      },
    }),
    saturated({
      name: 'RealtimeSlowConsumers',
      expr: 'sum by (job) (rate(ridendine_realtime_slow_closed_total[10m])) > 0.2',
      for: '10m',
      severity: 'ticket',
      summary: '{{ $labels.job }} lets go many sockets that do not read',
      description: 'A few have bad networks; many at once means that too much is sent, or that the network is slow.',
      runbook: 'performance-degradation.md#realtime-slow-consumers',
      labels: { job: 'realtime' },
      fires: {
        'ridendine_realtime_slow_closed_total{job="realtime",instance="r:9004"}': rising(0, 30, 30),
      },
      quiet: {
        'ridendine_realtime_slow_closed_total{job="realtime",instance="r:9004"}': rising(0, 2, 30),
      },
    }),
    saturated({
      name: 'VolumeFilling',
      expr: 'kubelet_volume_stats_available_bytes / kubelet_volume_stats_capacity_bytes < 0.15',
      for: '10m',
      severity: 'page',
      summary: 'The volume {{ $labels.persistentvolumeclaim }} has less than 15 % left',
      description: 'A database without room stops writing.',
      runbook: 'scaling.md#volume-filling',
      labels: { persistentvolumeclaim: 'data-postgres-0' },
      fires: {
        'kubelet_volume_stats_available_bytes{persistentvolumeclaim="data-postgres-0"}': steady(1e9, 30),
        'kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="data-postgres-0"}': steady(10e9, 30),
      },
      quiet: {
        'kubelet_volume_stats_available_bytes{persistentvolumeclaim="data-postgres-0"}': steady(5e9, 30),
        'kubelet_volume_stats_capacity_bytes{persistentvolumeclaim="data-postgres-0"}': steady(10e9, 30),
      },
    }),
  ],
}
