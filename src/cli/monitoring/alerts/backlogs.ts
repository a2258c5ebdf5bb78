import { type Alert, type Group, rising, steady } from '../alert.ts'

/**
 * What waits to be done, and what is done too seldom. A metric's own label `job` is `exported_job` once Prometheus has
 * added the job it scraped.
 */

const hours = (count: number) => count * 3600

const hourlyJob = (lastSuccess: string) => ({
  'ridendine_job_last_success_timestamp_seconds{job="api",exported_job="forget-events"}': lastSuccess,
  'ridendine_job_interval_seconds{job="api",exported_job="forget-events"}': steady(3600, 340),
})

export const backlogs: Group = {
  name: 'backlogs',
  alerts: [
    {
      name: 'JobBacklog',
      expr: 'max by (queue) (ridendine_queue_oldest_waiting_seconds) > 300',
      for: '5m',
      severity: 'ticket',
      area: 'backlog',
      summary: 'Jobs of the queue {{ $labels.queue }} wait for more than five minutes',
      description: 'Workers are too few, fail, or do not run.',
      runbook: 'jobs.md#job-backlog',
      fires: [
        {
          series: { 'ridendine_queue_oldest_waiting_seconds{job="api",queue="mail"}': rising(0, 60, 30) },
          at: '20m',
          labels: { queue: 'mail' },
        },
      ],
      quiet: [
        { series: { 'ridendine_queue_oldest_waiting_seconds{job="api",queue="mail"}': steady(20, 30) }, at: '20m' },
      ],
    },
    {
      name: 'JobsFailed',
      expr: 'max by (queue) (ridendine_queue_jobs{state="failed"}) > 0',
      for: '10m',
      severity: 'ticket',
      area: 'backlog',
      summary: 'Jobs of the queue {{ $labels.queue }} were given up',
      description: 'They were tried as often as they may be and stay until somebody looks at them.',
      runbook: 'jobs.md#jobs-failed',
      fires: [
        {
          series: { 'ridendine_queue_jobs{job="api",queue="mail",state="failed"}': steady(2, 30) },
          at: '20m',
          labels: { queue: 'mail' },
        },
      ],
      quiet: [{ series: { 'ridendine_queue_jobs{job="api",queue="mail",state="failed"}': steady(0, 30) }, at: '20m' }],
    },
    {
      name: 'JobNotSucceeding',
      expr: `time() - max by (exported_job) (ridendine_job_last_success_timestamp_seconds)
  > 3 * max by (exported_job) (ridendine_job_interval_seconds) + 300`,
      for: '10m',
      severity: 'ticket',
      area: 'backlog',
      summary: 'The job {{ $labels.exported_job }} has not succeeded for three of its intervals',
      description:
        'It fails, is never claimed, or runs for too long. `last_error` in periodic_jobs says what it failed of.',
      runbook: 'jobs.md#job-not-succeeding',
      fires: [
        { series: hourlyJob(steady(0, 340)), interval: '5m', at: '5h', labels: { exported_job: 'forget-events' } },
      ],
      quiet: [{ series: hourlyJob(rising(0, 300, 340)), interval: '5m', at: '5h' }],
    },
    {
      name: 'JobFailing',
      expr: 'max by (exported_job) (ridendine_job_failures_in_a_row) > 4',
      for: '2m',
      severity: 'ticket',
      area: 'backlog',
      summary: 'The job {{ $labels.exported_job }} fails again and again',
      description: 'Five times in a row or more. The log has the errors.',
      runbook: 'jobs.md#job-failing',
      fires: [
        {
          series: { 'ridendine_job_failures_in_a_row{job="api",exported_job="order-deadlines"}': rising(0, 1, 30) },
          at: '20m',
          labels: { exported_job: 'order-deadlines' },
        },
      ],
      quiet: [
        {
          series: {
            'ridendine_job_failures_in_a_row{job="api",exported_job="order-deadlines"}': '0 1 2 0 1 0 0 0 2 0',
          },
          at: '9m',
        },
      ],
    },
    {
      name: 'WebhookBacklog',
      expr: 'max(ridendine_webhooks_oldest_waiting_seconds) > 600',
      for: '5m',
      severity: 'page',
      area: 'backlog',
      summary: 'Webhooks of the payment processor are not acted on',
      description: 'Payments, refunds or disputes that happened are not known here.',
      runbook: 'jobs.md#webhook-backlog',
      fires: [{ series: { 'ridendine_webhooks_oldest_waiting_seconds{job="api"}': rising(0, 60, 30) }, at: '25m' }],
      quiet: [{ series: { 'ridendine_webhooks_oldest_waiting_seconds{job="api"}': steady(5, 30) }, at: '25m' }],
    },
    {
      name: 'WebhooksRefused',
      expr: 'sum by (source) (increase(ridendine_webhooks_total{outcome="refused"}[15m])) > 5',
      for: '0s',
      severity: 'ticket',
      area: 'backlog',
      summary: 'Webhooks of {{ $labels.source }} are refused for their signature',
      description: 'Our secret is not theirs, as after a rotation, or somebody else sends them.',
      runbook: 'secret-rotation.md#webhooks-refused',
      fires: [
        {
          series: { 'ridendine_webhooks_total{job="api",source="stripe",outcome="refused"}': rising(0, 1, 30) },
          at: '20m',
          labels: { source: 'stripe' },
        },
      ],
      quiet: [
        {
          series: {
            'ridendine_webhooks_total{job="api",source="stripe",outcome="refused"}': '0 0 0 1+0x27',
            'ridendine_webhooks_total{job="api",source="stripe",outcome="kept"}': rising(0, 50, 30),
          },
          at: '20m',
        },
      ],
    },
  ],
}

const timestamp = (kind: string) => `ridendine_backup_last_success_timestamp_seconds{job="api",kind="${kind}"}`
/** 0 is never: that is another alert, which waits for the first to be due. */
const backupAge = (kind: string) =>
  `time() - max by (kind) (ridendine_backup_last_success_timestamp_seconds{kind="${kind}"} > 0)`

const backupKind = { kind: 'backup' }

const CERTIFICATE = 'certmanager_certificate_expiration_timestamp_seconds{name="api-tls",namespace="ridendine"}'
const certificateLabels = { name: 'api-tls', namespace: 'ridendine' }
const PROBED = 'probe_ssl_earliest_cert_expiry{instance="https://x"}'

const certificate = (name: string, severity: 'page' | 'ticket', days: number): Alert => ({
  name,
  // Of cert-manager, and of a blackbox exporter.
  expr: `certmanager_certificate_expiration_timestamp_seconds - time() < ${hours(24 * days)}
or probe_ssl_earliest_cert_expiry - time() < ${hours(24 * days)}`,
  for: '15m',
  severity,
  area: 'safety',
  summary: `A certificate expires within ${days} days`,
  description: 'cert-manager renews them 30 days before: it cannot, or has not been asked to.',
  runbook: 'secret-rotation.md#certificate-expires',
  fires: [
    { series: { [CERTIFICATE]: steady(hours(24 * (days - 1)), 40) }, at: '30m', labels: certificateLabels },
    { series: { [PROBED]: steady(hours(24 * (days - 1)), 40) }, at: '30m', labels: { instance: 'https://x' } },
  ],
  quiet: [{ series: { [CERTIFICATE]: steady(hours(24 * 40), 40) }, at: '30m' }],
})

/** What protects what we have: backups, certificates, secrets. */
export const safety: Group = {
  name: 'safety',
  alerts: [
    {
      name: 'BackupTooOld',
      expr: `${backupAge('backup')} > ${hours(26)}`,
      for: '10m',
      severity: 'page',
      area: 'safety',
      summary: 'The newest backup is more than a day old',
      description: 'It is made every day. What is lost with the database until the next one is lost.',
      runbook: 'database-recovery.md#backup-too-old',
      fires: [
        { series: { [timestamp('backup')]: steady(1, 340) }, interval: '5m', at: '27h', labels: { kind: 'backup' } },
      ],
      quiet: [{ series: { [timestamp('backup')]: `1+0x288 86400+0x60` }, interval: '5m', at: '27h' }],
    },
    {
      name: 'BackupVerifyTooOld',
      expr: `${backupAge('verify')} > ${hours(8 * 24)}`,
      for: '10m',
      severity: 'ticket',
      area: 'safety',
      summary: 'No backup has been verified for a week',
      description: 'A backup that was never restored is a hope.',
      runbook: 'database-recovery.md#backup-verify-too-old',
      fires: [
        { series: { [timestamp('verify')]: steady(1, 2400) }, interval: '5m', at: '195h', labels: { kind: 'verify' } },
      ],
      quiet: [{ series: { [timestamp('verify')]: rising(1, 300, 2400) }, interval: '5m', at: '195h' }],
    },
    {
      name: 'BackupNeverMade',
      expr: `(absent(ridendine_backup_last_success_timestamp_seconds{kind="backup"}) and on () count(ridendine_build_info))
or max by (kind) (ridendine_backup_last_success_timestamp_seconds{kind="backup"}) == 0`,
      for: '26h',
      severity: 'page',
      area: 'safety',
      summary: 'No backup is known of',
      description: 'For more than a day nobody has told of any: the job never ran, or never succeeded.',
      runbook: 'database-recovery.md#backup-never-made',
      fires: [
        {
          series: { 'ridendine_build_info{job="api"}': steady(1, 340) },
          interval: '5m',
          at: '27h',
          labels: backupKind,
        },
        { series: { [timestamp('backup')]: steady(0, 340) }, interval: '5m', at: '27h', labels: backupKind },
      ],
      quiet: [
        {
          series: { 'ridendine_build_info{job="api"}': steady(1, 340), [timestamp('backup')]: rising(1, 300, 340) },
          interval: '5m',
          at: '27h',
        },
      ],
    },
    certificate('CertificateExpiresNow', 'page', 3),
    certificate('CertificateExpiresSoon', 'ticket', 14),
    {
      name: 'SecretTooOld',
      expr: `max by (secret) (ridendine_secret_age_seconds{secret="JWT_KEYS"}) > ${hours(90 * 24)}
or max by (secret) (ridendine_secret_age_seconds{secret!="JWT_KEYS"}) > ${hours(180 * 24)}`,
      for: '1h',
      severity: 'ticket',
      area: 'safety',
      summary: 'The secret {{ $labels.secret }} is due to be changed',
      description: 'Signing keys live 90 days, all others 180.',
      runbook: 'secret-rotation.md#secret-too-old',
      fires: [
        {
          series: { 'ridendine_secret_age_seconds{job="api",secret="JWT_KEYS"}': steady(hours(91 * 24), 100) },
          at: '90m',
          labels: { secret: 'JWT_KEYS' },
        },
        {
          series: { 'ridendine_secret_age_seconds{job="api",secret="DATABASE_URL"}': steady(hours(181 * 24), 100) },
          at: '90m',
          labels: { secret: 'DATABASE_URL' },
        },
      ],
      quiet: [
        {
          series: {
            'ridendine_secret_age_seconds{job="api",secret="JWT_KEYS"}': steady(hours(80 * 24), 100),
            'ridendine_secret_age_seconds{job="api",secret="DATABASE_URL"}': steady(hours(120 * 24), 100),
          },
          at: '90m',
        },
      ],
    },
    {
      name: 'SecretChangeFailed',
      expr: 'increase(ridendine_secret_changes_total{outcome="failed"}[10m]) > 0',
      for: '2m',
      severity: 'page',
      area: 'safety',
      summary: '{{ $labels.instance }} of {{ $labels.job }} cannot use the new {{ $labels.secret }}',
      description: 'It goes on with the one before, and cannot be started again once that one is refused.',
      runbook: 'secret-rotation.md#secret-change-failed',
      fires: [
        {
          series: {
            'ridendine_secret_changes_total{job="api",instance="a",secret="DATABASE_URL",outcome="failed"}': rising(
              0,
              1,
              20,
            ),
          },
          at: '10m',
          labels: { job: 'api', instance: 'a', secret: 'DATABASE_URL', outcome: 'failed' },
        },
      ],
      quiet: [
        {
          series: {
            'ridendine_secret_changes_total{job="api",instance="a",secret="DATABASE_URL",outcome="followed"}': rising(
              0,
              1,
              20,
            ),
          },
          at: '10m',
        },
      ],
    },
  ],
}
