/**
 * `bun run monitoring`: writes Prometheus' rules, their tests and Grafana's dashboards from what src/cli/monitoring says.
 * With `--metrics URL` of a process that has been busy for a while, it writes the table in docs/monitoring.md instead.
 */
import { parseArgs } from 'node:util'
import { monitoringFiles } from './monitoring/files.ts'
import { familiesOf, isListed, withMetricsTable } from './monitoring/metrics-page.ts'

const PAGE = 'docs/monitoring.md'
const TIMEOUT_MS = 10_000

const { metrics } = parseArgs({ options: { metrics: { type: 'string' } } }).values

if (metrics === undefined) {
  for (const [path, text] of Object.entries(monitoringFiles())) {
    await Bun.write(path, text)
    console.log(path)
  }
} else {
  const answer = await fetch(metrics, { signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!answer.ok) throw new Error(`${metrics} answers ${answer.status}`)
  const families = familiesOf(await answer.text())
  if (!families.some(isListed)) throw new Error(`${metrics} has no metrics of ours`)
  await Bun.write(PAGE, withMetricsTable(await Bun.file(PAGE).text(), families))
  console.log(PAGE)
}
