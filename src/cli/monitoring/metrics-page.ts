/** The table of metrics in docs/monitoring.md, from what a process says at /metrics. Pure. */

export type Family = { name: string; type: string; help: string; labels: string[] }

/** What a text in Prometheus' format tells of its families; `le` of histograms is left out. */
export const familiesOf = (text: string): Family[] => {
  const families = new Map<string, Family>()
  for (const line of text.split('\n')) {
    const [, about, name, rest] = /^# (HELP|TYPE) (\S+) ?(.*)$/.exec(line) ?? []
    if (about) {
      const family = families.get(name!) ?? { name: name!, type: '', help: '', labels: [] }
      families.set(name!, { ...family, [about === 'HELP' ? 'help' : 'type']: rest })
      continue
    }
    const [, sample, labels = ''] = /^([a-zA-Z_:]+)\{(.*)\} /.exec(line) ?? []
    const family = sample && families.get(sample.replace(/_(bucket|sum|count)$/, '')) ? sample : undefined
    if (!family) continue
    const known = families.get(family.replace(/_(bucket|sum|count)$/, ''))!
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => label!).filter((label) => label !== 'le')
    known.labels = [...new Set([...known.labels, ...names])].sort()
  }
  return [...families.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Ours, and of the process's own those that rules and dashboards use. */
export const isListed = ({ name }: Family) => name.startsWith('ridendine_')

const BEGIN = '<!-- metrics: written by `bun run monitoring --metrics URL` -->'
const END = '<!-- end of metrics -->'

const rowOf = ({ name, type, labels, help }: Family) =>
  `| \`${name}\` | ${type} | ${labels.join(', ') || '-'} | ${help} |`

/** The page with its table replaced. Labels that were seen before stay: a process that has done little shows few. */
export const withMetricsTable = (page: string, families: readonly Family[]): string => {
  const [before, , after] = partsOf(page)
  const known = new Map(metricsOfPage(page).map((family) => [family.name, family]))
  const rows = families.filter(isListed).map((family) => {
    const labels = [...new Set([...family.labels, ...(known.get(family.name)?.labels ?? [])])].sort()
    return rowOf({ ...family, labels })
  })
  const table = ['| metric | type | labels | meaning |', '|---|---|---|---|', ...rows].join('\n')
  return `${before}${BEGIN}\n\n${table}\n\n${END}${after}`
}

/** What the page's table lists. */
export const metricsOfPage = (page: string): Family[] =>
  [...partsOf(page)[1].matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]+) \| (.*) \|$/gm)].map(
    ([, name, type, labels, help]) => ({
      name: name!,
      type: type!,
      labels: labels === '-' ? [] : labels!.split(', '),
      help: help!,
    }),
  )

const partsOf = (page: string): [before: string, table: string, after: string] => {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (from < 0 || to < from) throw new Error(`The page has no place for the table: ${BEGIN} ... ${END}`)
  return [page.slice(0, from), page.slice(from + BEGIN.length, to), page.slice(to + END.length)]
}
