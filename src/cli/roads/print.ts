import type { ImportReport } from '#modules/routing/graph/import/index'

const COLUMNS: [string, (report: ImportReport) => string][] = [
  ['profile', ({ profile }) => profile],
  ['junctions', ({ nodeCount }) => count(nodeCount)],
  ['roads', ({ roadCount }) => count(roadCount)],
  ['edges', ({ edgeCount }) => count(edgeCount)],
  ['turns', ({ turnCount }) => count(turnCount)],
  ['km', ({ kilometers }) => count(kilometers)],
  ['no through km', ({ secludedKilometers }) => count(secludedKilometers)],
  ['left out', ({ droppedSideCount }) => count(droppedSideCount)],
  ['left out km', ({ droppedKilometers }) => count(droppedKilometers)],
  ['restrictions', ({ restrictionCount }) => count(restrictionCount)],
  ['unused', ({ unusedRestrictionCount }) => count(unusedRestrictionCount)],
]

const count = (value: number) => Math.round(value).toLocaleString('en')

/** What came of an import, as a table. Kilometres are by direction: a street both ways counts twice. */
export const reportTable = (reports: readonly ImportReport[]): string => {
  const rows = [COLUMNS.map(([title]) => title), ...reports.map((one) => COLUMNS.map(([, of]) => of(one)))]
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) => row.map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join('  '))
    .join('\n')
}
