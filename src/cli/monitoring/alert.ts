/** Alerts as they are described here, and the rule and test files of Prometheus that are made of them. Pure. */

/** Who is told: page wakes somebody, ticket can wait for the morning, none is for machines. */
export type Severity = 'page' | 'ticket' | 'none'

/** What an alert is about; Alertmanager holds some back while the database is away. */
export type Area = 'slo' | 'stores' | 'saturation' | 'market' | 'backlog' | 'safety' | 'monitoring'

/** Time series in promtool's notation, and an instant at which it is asked whether the alert fires. */
export type Case = {
  series: Record<string, string>
  /** Between samples; a minute when not said. */
  interval?: string
  at: string
  /** Of the alert that fires, besides those of the rule. */
  labels?: Record<string, string>
}

export type Alert = {
  name: string
  expr: string
  /** How long it must hold before somebody is told. */
  for: string
  severity: Severity
  area: Area
  labels?: Record<string, string>
  /** `{{ $labels.x }}` stands for the label of the alert; nothing else is filled in. */
  summary: string
  description: string
  /** file#anchor in docs/runbooks. */
  runbook: `${string}.md#${string}`
  fires: Case[]
  quiet: Case[]
}

export type Recording = { record: string; expr: string }

export type Group = { name: string; recordings?: Recording[]; alerts?: Alert[] }

const ruleLabels = ({ severity, area, labels = {} }: Alert) => ({ severity, area, ...labels })

const annotationsOf = ({ summary, description, runbook }: Alert) => ({
  summary,
  description,
  runbook_url: `docs/runbooks/${runbook}`,
})

const ruleOf = (alert: Alert) => ({
  alert: alert.name,
  expr: alert.expr,
  ...(alert.for === '0s' ? {} : { for: alert.for }),
  labels: ruleLabels(alert),
  annotations: annotationsOf(alert),
})

/** A rule file. */
export const ruleFile = ({ name, recordings = [], alerts = [] }: Group) => ({
  groups: [{ name, rules: [...recordings, ...alerts.map(ruleOf)] }],
})

const filledIn = (text: string, labels: Record<string, string>) =>
  text.replace(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? '')

const expectedOf = (alert: Alert, labels: Record<string, string>) => ({
  exp_labels: { ...labels, ...ruleLabels(alert) },
  exp_annotations: Object.fromEntries(
    Object.entries(annotationsOf(alert)).map(([name, text]) => [name, filledIn(text, labels)]),
  ),
})

const testOf = (alert: Alert, { series, interval = '1m', at, labels = {} }: Case, fires: boolean) => ({
  interval,
  input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
  alert_rule_test: [{ eval_time: at, alertname: alert.name, exp_alerts: fires ? [expectedOf(alert, labels)] : [] }],
})

/** Hours are looked at in halves, minutes too: promtool evaluates all rules at each step. */
const isLong = ({ at }: Case) => at.endsWith('h')
const EVALUATE_EVERY = { short: '30s', long: '30m' }

/** Test files for promtool, of the cases that take minutes and of those that take hours; each case by itself. */
export const testFiles = ({ name, alerts = [] }: Group): Record<string, object> => {
  const cases = alerts.flatMap((alert) => [
    ...alert.fires.map((one) => ({ one, test: testOf(alert, one, true) })),
    ...alert.quiet.map((one) => ({ one, test: testOf(alert, one, false) })),
  ])
  const fileOf = (evaluationInterval: string, tests: typeof cases) => ({
    rule_files: [`../rules/${name}.yml`],
    evaluation_interval: evaluationInterval,
    tests: tests.map(({ test }) => test),
  })
  const short = cases.filter(({ one }) => !isLong(one))
  const long = cases.filter(({ one }) => isLong(one))
  return {
    ...(short.length > 0 ? { [`${name}.test.yml`]: fileOf(EVALUATE_EVERY.short, short) } : {}),
    ...(long.length > 0 ? { [`${name}-hours.test.yml`]: fileOf(EVALUATE_EVERY.long, long) } : {}),
  }
}

/** `count` further samples, each `step` more than the one before. */
export const rising = (from: number, step: number, count: number) => `${from}+${step}x${count}`
export const steady = (value: number, count: number) => `${value}+0x${count}`
