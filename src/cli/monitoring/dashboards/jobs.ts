import type { Dashboard } from '../dashboard.ts'

/** A metric's own label `job` is `exported_job` once it is scraped. */
const BY_JOB = 'max by (exported_job)'

export const jobs: Dashboard = {
  uid: 'ridendine-jobs',
  title: 'Jobs',
  description: 'What is done again and again, and what waits to be done once.',
  variables: [],
  panels: [
    {
      title: 'Runs that failed, a minute',
      kind: 'stat',
      unit: 'none',
      thresholds: { bad: 1 },
      queries: [
        {
          expr: '60 * (sum(rate(ridendine_job_runs_total{outcome="failed"}[$__rate_interval])) or 0 * sum(rate(ridendine_job_runs_total[$__rate_interval])))',
          legend: 'failed',
        },
      ],
    },
    {
      title: 'One-off jobs that wait',
      kind: 'stat',
      unit: 'short',
      queries: [{ expr: 'sum(max by (queue) (ridendine_queue_jobs{state=~"waiting|delayed"}))', legend: 'waiting' }],
    },
    {
      title: 'One-off jobs given up',
      kind: 'stat',
      unit: 'short',
      thresholds: { bad: 1 },
      queries: [{ expr: 'sum(max by (queue) (ridendine_queue_jobs{state="failed"}))', legend: 'given up' }],
    },
    {
      title: 'The longest waiting',
      kind: 'stat',
      unit: 's',
      thresholds: { warn: 60, bad: 300 },
      queries: [{ expr: 'max(ridendine_queue_oldest_waiting_seconds)', legend: 'longest' }],
    },
    {
      title: 'Runs by job',
      unit: 'ops',
      min: 0,
      queries: [
        {
          expr: 'sum by (exported_job, outcome) (rate(ridendine_job_runs_total[$__rate_interval]))',
          legend: '{{exported_job}} {{outcome}}',
        },
      ],
    },
    {
      title: 'Time of a run, p95',
      unit: 's',
      min: 0,
      queries: [
        {
          expr: 'histogram_quantile(0.95, sum by (le, exported_job) (rate(ridendine_job_duration_seconds_bucket[$__rate_interval])))',
          legend: '{{exported_job}}',
        },
      ],
    },
    {
      title: 'Since its last success, in intervals of the job',
      description: 'Above 3 it is late.',
      unit: 'none',
      min: 0,
      thresholds: { bad: 3 },
      queries: [
        {
          expr: `(time() - ${BY_JOB} (ridendine_job_last_success_timestamp_seconds > 0)) / ${BY_JOB} (ridendine_job_interval_seconds)`,
          legend: '{{exported_job}}',
        },
      ],
    },
    {
      title: 'Failures in a row',
      unit: 'short',
      min: 0,
      thresholds: { bad: 5 },
      queries: [{ expr: `${BY_JOB} (ridendine_job_failures_in_a_row)`, legend: '{{exported_job}}' }],
    },
  ],
}
