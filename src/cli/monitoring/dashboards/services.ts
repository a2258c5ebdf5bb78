import { AVAILABILITY_TARGET, LATENCY_SECONDS, LATENCY_TARGET } from '../alerts/slo.ts'
import { type Dashboard, quantiles } from '../dashboard.ts'

const REQUESTS = 'ridendine_http_request_duration_seconds'
const REAL = 'job=~"$job",instance=~"$instance",route!~"/health.*|/metrics"'
const OURS = 'job=~"$job",instance=~"$instance"'
/** Only our own processes: Prometheus and its like are scraped too. */
const ofOurs = (expr: string) => `${expr} and on (job, instance) ridendine_build_info{${OURS}}`

export const services: Dashboard = {
  uid: 'ridendine-services',
  title: 'Services',
  description: 'Request rate, latency, errors, health and saturation of every process.',
  variables: ['job', 'instance'],
  panels: [
    {
      title: 'Availability, last hour',
      description: `Share of requests that were not answered with 5xx. The objective is ${AVAILABILITY_TARGET} over 30 days.`,
      kind: 'stat',
      unit: 'percentunit',
      thresholds: { warn: AVAILABILITY_TARGET, bad: 0.99, lowerIsWorse: true },
      max: 1,
      queries: [{ expr: '1 - job:ridendine_http_errors:ratio_rate1h{job=~"$job"}', legend: '{{job}}' }],
    },
    {
      title: `Answered within ${LATENCY_SECONDS} s, last hour`,
      description: `Without signing in, which is slow on purpose. The objective is ${LATENCY_TARGET} over 30 days.`,
      kind: 'stat',
      unit: 'percentunit',
      thresholds: { warn: LATENCY_TARGET, bad: 0.95, lowerIsWorse: true },
      max: 1,
      queries: [{ expr: '1 - job:ridendine_http_slow:ratio_rate1h{job=~"$job"}', legend: '{{job}}' }],
    },
    {
      title: 'Processes up',
      kind: 'stat',
      unit: 'short',
      thresholds: { bad: 1, lowerIsWorse: true },
      queries: [{ expr: 'sum by (job) (up{job=~"$job"})', legend: '{{job}}' }],
    },
    {
      title: 'Processes that reach the database',
      kind: 'stat',
      unit: 'short',
      thresholds: { bad: 1, lowerIsWorse: true },
      queries: [{ expr: `sum by (job) (ridendine_database_up{${OURS}})`, legend: '{{job}}' }],
    },
    {
      title: 'Request rate',
      unit: 'reqps',
      min: 0,
      queries: [{ expr: `sum by (job) (rate(${REQUESTS}_count{${REAL}}[$__rate_interval]))`, legend: '{{job}}' }],
    },
    {
      title: 'Request duration, p95',
      unit: 's',
      min: 0,
      thresholds: { bad: LATENCY_SECONDS },
      queries: quantiles([0.95], REQUESTS, REAL, 'job'),
    },
    {
      title: 'Error rate (5xx)',
      unit: 'percentunit',
      min: 0,
      thresholds: { bad: 1 - AVAILABILITY_TARGET },
      queries: [
        {
          expr: `(sum by (job) (rate(${REQUESTS}_count{${REAL},status=~"5.."}[$__rate_interval])) or 0 * sum by (job) (rate(${REQUESTS}_count{${REAL}}[$__rate_interval]))) / (sum by (job) (rate(${REQUESTS}_count{${REAL}}[$__rate_interval])) > 0)`,
          legend: '{{job}}',
        },
      ],
    },
    {
      title: 'Answers by status',
      unit: 'reqps',
      min: 0,
      stacked: true,
      queries: [{ expr: `sum by (status) (rate(${REQUESTS}_count{${REAL}}[$__rate_interval]))`, legend: '{{status}}' }],
    },
    {
      title: 'The ten slowest routes, p95',
      unit: 's',
      min: 0,
      queries: [
        {
          expr: `topk(10, histogram_quantile(0.95, sum by (le, route) (rate(${REQUESTS}_bucket{${REAL}}[$__rate_interval]))) >= 0)`,
          legend: '{{route}}',
        },
      ],
    },
    {
      title: 'The ten busiest routes',
      unit: 'reqps',
      min: 0,
      queries: [
        {
          expr: `topk(10, sum by (method, route) (rate(${REQUESTS}_count{${REAL}}[$__rate_interval])))`,
          legend: '{{method}} {{route}}',
        },
      ],
    },
    {
      title: 'Budget of errors, how fast it is spent',
      description: '1 spends all of it in 30 days. Pages come at 14.4 over an hour and at 6 over six.',
      unit: 'none',
      min: 0,
      thresholds: { warn: 6, bad: 14.4 },
      queries: ['1h', '6h'].map((window) => ({
        expr: `job:ridendine_http_errors:ratio_rate${window}{job=~"$job"} / ${Number((1 - AVAILABILITY_TARGET).toFixed(6))}`,
        legend: `{{job}} ${window}`,
      })),
    },
    {
      title: 'Event loop lag, p99',
      unit: 's',
      min: 0,
      thresholds: { warn: 0.2, bad: 1 },
      queries: [{ expr: ofOurs('nodejs_eventloop_lag_p99_seconds'), legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'Processor',
      description: 'JavaScript runs on one: at 1 requests begin to queue.',
      unit: 'none',
      min: 0,
      thresholds: { bad: 0.9 },
      queries: [{ expr: ofOurs('rate(process_cpu_seconds_total[$__rate_interval])'), legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'Memory',
      unit: 'bytes',
      min: 0,
      queries: [{ expr: ofOurs('process_resident_memory_bytes'), legend: '{{job}} {{instance}}' }],
    },
    {
      title: 'Memory, of what it may use',
      unit: 'percentunit',
      min: 0,
      max: 1,
      thresholds: { bad: 0.9 },
      queries: [
        {
          expr: `process_resident_memory_bytes / on (job, instance) ridendine_memory_limit_bytes{${OURS}}`,
          legend: '{{job}} {{instance}}',
        },
      ],
    },
    {
      title: 'Time since start, and version',
      unit: 's',
      queries: [
        {
          expr: `(time() - process_start_time_seconds) * on (job, instance) group_right () ridendine_build_info{${OURS}}`,
          legend: '{{job}} {{instance}} {{version}} ({{modules}})',
        },
      ],
    },
  ],
}
