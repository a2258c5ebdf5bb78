import { type Group, rising, steady } from '../alert.ts'

/** Monitoring itself. */
export const watch: Group = {
  name: 'monitoring',
  alerts: [
    {
      name: 'Watchdog',
      expr: 'vector(1)',
      for: '0s',
      severity: 'none',
      area: 'monitoring',
      summary: 'Alerts are evaluated and sent',
      description:
        'Always fires. Who receives it raises the alarm when it stays away: Prometheus or Alertmanager is down.',
      runbook: 'monitoring.md#watchdog',
      fires: [{ series: { 'up{job="prometheus"}': steady(1, 5) }, at: '3m' }],
      // There is no time at which it is silent, but before the first evaluation there is nothing.
      quiet: [],
    },
    {
      name: 'RuleEvaluationFails',
      expr: 'sum by (rule_group) (increase(prometheus_rule_evaluation_failures_total[10m])) > 0',
      for: '5m',
      severity: 'ticket',
      area: 'monitoring',
      summary: 'Prometheus cannot evaluate rules',
      description: 'The alerts of {{ $labels.rule_group }} are blind.',
      runbook: 'monitoring.md#rule-evaluation-fails',
      fires: [
        {
          series: { 'prometheus_rule_evaluation_failures_total{rule_group="market"}': rising(0, 1, 30) },
          at: '20m',
          labels: { rule_group: 'market' },
        },
      ],
      quiet: [
        { series: { 'prometheus_rule_evaluation_failures_total{rule_group="market"}': steady(3, 30) }, at: '20m' },
      ],
    },
    {
      name: 'MetricsUnread',
      expr: 'sum by (job, metric) (increase(ridendine_metrics_unread_total[10m])) > 3',
      for: '5m',
      severity: 'ticket',
      area: 'monitoring',
      summary: '{{ $labels.job }} cannot read {{ $labels.metric }} in time for a scrape',
      description: 'It tells an old value, or none: alerts and panels on it are not to be trusted.',
      runbook: 'monitoring.md#metrics-unread',
      fires: [
        {
          series: { 'ridendine_metrics_unread_total{job="api",metric="queue_jobs"}': rising(0, 1, 30) },
          at: '20m',
          labels: { job: 'api', metric: 'queue_jobs' },
        },
      ],
      quiet: [{ series: { 'ridendine_metrics_unread_total{job="api",metric="queue_jobs"}': '0 0 1+0x28' }, at: '20m' }],
    },
    {
      name: 'NotificationsFail',
      expr: 'sum by (integration) (increase(alertmanager_notifications_failed_total[15m])) > 0',
      for: '5m',
      severity: 'page',
      area: 'monitoring',
      summary: 'Alertmanager cannot deliver by {{ $labels.integration }}',
      description: 'Whoever is on call is not told of other alerts this way.',
      runbook: 'monitoring.md#notifications-fail',
      fires: [
        {
          series: { 'alertmanager_notifications_failed_total{integration="pagerduty"}': rising(0, 1, 30) },
          at: '25m',
          labels: { integration: 'pagerduty' },
        },
      ],
      quiet: [
        { series: { 'alertmanager_notifications_failed_total{integration="pagerduty"}': steady(4, 30) }, at: '25m' },
      ],
    },
    {
      name: 'AlertmanagerNotSeen',
      expr: 'prometheus_notifications_alertmanagers_discovered < 1',
      for: '5m',
      severity: 'page',
      area: 'monitoring',
      summary: 'Prometheus knows no Alertmanager',
      description: 'Alerts reach nobody; this one is seen in Prometheus, and by the watchdog that stays away.',
      runbook: 'monitoring.md#alertmanager-not-seen',
      fires: [
        {
          series: { 'prometheus_notifications_alertmanagers_discovered{job="prometheus"}': steady(0, 30) },
          at: '20m',
          labels: { job: 'prometheus' },
        },
      ],
      quiet: [
        { series: { 'prometheus_notifications_alertmanagers_discovered{job="prometheus"}': steady(1, 30) }, at: '20m' },
      ],
    },
  ],
}
