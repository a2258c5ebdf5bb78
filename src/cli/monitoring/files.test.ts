import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { alerts } from './alerts.ts'
import { dashboards, monitoringFiles } from './files.ts'
import { familiesOf, metricsOfPage, withMetricsTable } from './metrics-page.ts'

const root = `${import.meta.dir}/../../../`
const writtenFolders = ['monitoring/prometheus/rules', 'monitoring/prometheus/tests', 'monitoring/grafana/dashboards']

test('rules, their tests and dashboards are as they are described: `bun run monitoring` writes them', () => {
  const files = monitoringFiles()
  for (const [path, text] of Object.entries(files)) expect(readFileSync(root + path, 'utf8')).toBe(text)
  const found = writtenFolders.flatMap((folder) => readdirSync(root + folder).map((name) => `${folder}/${name}`))
  expect(found.sort()).toEqual(Object.keys(files).sort())
})

test('every alert has a name of its own, says whom it concerns, and has cases that fire and that stay quiet', () => {
  expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length)
  for (const alert of alerts) {
    expect(alert.summary.length).toBeGreaterThan(10)
    expect(alert.description.length).toBeGreaterThan(10)
    expect(alert.fires.length).toBeGreaterThan(0)
    // The watchdog fires always: that is what it is for.
    expect([alert.name, alert.quiet.length > 0]).toEqual([alert.name, alert.name !== 'Watchdog'])
  }
})

test('dashboards have stable, different ids, and use only the variables that they declare', () => {
  const all = Object.entries(dashboards)
  expect(all.map(([, { uid }]) => uid)).toEqual(all.map(([name]) => `ridendine-${name}`))
  for (const [name, { variables, panels }] of all) {
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
    const used = panels.flatMap(({ queries }) =>
      queries.flatMap(({ expr }) => [...expr.matchAll(/\$(?!__)(\w+)/g)].map(([, variable]) => variable!)),
    )
    expect([name, [...new Set(used)].sort()]).toEqual([name, [...variables].sort()])
  }
})

test('no two panels overlap', () => {
  for (const text of Object.entries(monitoringFiles()).flatMap(([path, text]) => (/json$/.test(path) ? [text] : []))) {
    const { panels } = JSON.parse(text) as { panels: { gridPos: { x: number; y: number; w: number; h: number } }[] }
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true)
  }
})

const said = `# HELP ridendine_a_total What a counts
# TYPE ridendine_a_total counter
ridendine_a_total{zone="x",outcome="kept"} 3
# HELP ridendine_b_seconds How long
# TYPE ridendine_b_seconds histogram
ridendine_b_seconds_bucket{le="1",job="y"} 3
# HELP process_x Not ours
# TYPE process_x gauge
process_x 1
`

test('the table of metrics is what a process says, and keeps labels that it has not shown today', () => {
  const page =
    'Before\n<!-- metrics: written by `bun run monitoring --metrics URL` -->\n<!-- end of metrics -->\nAfter\n'
  const written = withMetricsTable(page, familiesOf(said))
  expect(metricsOfPage(written)).toEqual([
    { name: 'ridendine_a_total', type: 'counter', labels: ['outcome', 'zone'], help: 'What a counts' },
    { name: 'ridendine_b_seconds', type: 'histogram', labels: ['job'], help: 'How long' },
  ])
  const later = withMetricsTable(written, familiesOf(said.replace('{zone="x",outcome="kept"}', '')))
  expect(later).toBe(written)
})
