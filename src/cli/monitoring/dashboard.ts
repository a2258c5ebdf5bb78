/** Grafana dashboards as they are described here, and the JSON that Grafana reads. Pure. */

/** One line of a panel, or several: `legend` names them by their labels. */
export type Query = { expr: string; legend: string }

export type Panel = {
  title: string
  /** What one should know to read it. */
  description?: string
  kind?: 'timeseries' | 'stat'
  /** Grafana's name of a unit: s, percentunit, reqps, bytes, short, ops, currency... */
  unit: string
  queries: Query[]
  /** In the unit of the panel; from where it is yellow, and red. */
  thresholds?: { warn?: number; bad: number; lowerIsWorse?: boolean }
  min?: number
  max?: number
  stacked?: boolean
  /** Of 24 columns. */
  width?: number
}

export type Variable = 'job' | 'instance' | 'zone'

export type Dashboard = {
  uid: string
  title: string
  description: string
  variables: Variable[]
  panels: Panel[]
}

const DATASOURCE = { type: 'prometheus', uid: 'prometheus' }

const QUERIES: Record<Variable, string> = {
  job: 'label_values(ridendine_build_info, job)',
  instance: 'label_values(ridendine_build_info{job=~"$job"}, instance)',
  zone: 'label_values(ridendine_drivers_on_duty, zone)',
}

const variableOf = (name: Variable) => ({
  name,
  label: name,
  type: 'query',
  datasource: DATASOURCE,
  query: { query: QUERIES[name], refId: name },
  definition: QUERIES[name],
  refresh: 2,
  sort: 1,
  multi: true,
  includeAll: true,
  allValue: '.*',
  current: { selected: true, text: ['All'], value: ['$__all'] },
})

const COLUMNS = 24
const HEIGHTS = { timeseries: 8, stat: 4 }
const WIDTHS = { timeseries: 12, stat: 6 }

const thresholdsOf = ({ thresholds }: Panel) => {
  if (!thresholds) return { mode: 'absolute', steps: [{ color: 'green', value: null }] }
  const { warn, bad, lowerIsWorse } = thresholds
  const steps = lowerIsWorse
    ? [
        { color: 'red', value: null },
        ...(warn === undefined ? [] : [{ color: 'yellow', value: bad }]),
        { color: 'green', value: warn ?? bad },
      ]
    : [
        { color: 'green', value: null },
        ...(warn === undefined ? [] : [{ color: 'yellow', value: warn }]),
        { color: 'red', value: bad },
      ]
  return { mode: 'absolute', steps }
}

const customOf = ({ thresholds, stacked }: Panel) => ({
  drawStyle: 'line',
  lineWidth: 1,
  fillOpacity: stacked ? 30 : 8,
  showPoints: 'never',
  spanNulls: false,
  stacking: { mode: stacked ? 'normal' : 'none' },
  thresholdsStyle: { mode: thresholds ? 'dashed' : 'off' },
})

const OPTIONS = {
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: {
    colorMode: 'value',
    graphMode: 'area',
    justifyMode: 'auto',
    textMode: 'auto',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
}

const REF_IDS = 'ABCDEFGHIJ'

const panelOf = (panel: Panel, id: number, gridPos: object) => {
  const { kind = 'timeseries', title, description, unit, queries, min, max } = panel
  return {
    id,
    type: kind,
    title,
    ...(description ? { description } : {}),
    datasource: DATASOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit,
        ...(min === undefined ? {} : { min }),
        ...(max === undefined ? {} : { max }),
        thresholds: thresholdsOf(panel),
        ...(kind === 'timeseries' ? { custom: customOf(panel) } : {}),
      },
      overrides: [],
    },
    options: OPTIONS[kind],
    targets: queries.map(({ expr, legend }, index) => ({
      refId: REF_IDS[index]!,
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      ...(kind === 'timeseries' ? { exemplar: expr.includes('_bucket') } : {}),
    })),
  }
}

/** Panels from left to right, in rows. */
const placed = (panels: readonly Panel[]) => {
  let [x, y, rowHeight] = [0, 0, 0]
  return panels.map((panel, index) => {
    const { kind = 'timeseries' } = panel
    const [w, h] = [panel.width ?? WIDTHS[kind], HEIGHTS[kind]]
    if (x + w > COLUMNS) {
      x = 0
      y += rowHeight
      rowHeight = 0
    }
    const made = panelOf(panel, index + 1, { x, y, w, h })
    x += w
    rowHeight = Math.max(rowHeight, h)
    return made
  })
}

const SCHEMA_VERSION = 39

/** What Grafana provisions. */
export const dashboardJson = ({ uid, title, description, variables, panels }: Dashboard) => ({
  uid,
  title,
  description,
  tags: ['ridendine'],
  schemaVersion: SCHEMA_VERSION,
  editable: false,
  graphTooltip: 1,
  time: { from: 'now-3h', to: 'now' },
  refresh: '30s',
  timezone: 'browser',
  links: [{ title: 'RideNDine', type: 'dashboards', tags: ['ridendine'], asDropdown: true, includeVars: true }],
  templating: { list: variables.map(variableOf) },
  annotations: {
    list: [
      {
        name: 'Starts',
        datasource: DATASOURCE,
        enable: true,
        iconColor: 'blue',
        expr: 'changes(process_start_time_seconds{job=~".*"}[2m]) > 0',
        titleFormat: '{{job}} started',
      },
    ],
  },
  panels: placed(panels),
})

/** Lines at shares of a histogram. */
export const quantiles = (shares: readonly number[], metric: string, selector: string, by = ''): Query[] =>
  shares.map((share) => ({
    expr: `histogram_quantile(${share}, sum by (le${by && `, ${by}`}) (rate(${metric}_bucket{${selector}}[$__rate_interval])))`,
    legend: `p${share * 100}${by && ` {{${by}}}`}`,
  }))
