import type { Report } from './report.ts'

/** The report as plain text, for a terminal or a log. */
export const printReport = (report: Report): string => {
  const { orders, drivers } = report
  const blocks = [
    [
      `Simulated day ${report.run}: seed ${report.seed}, speed ${report.speed}, ${report.url}`,
      `${fixed(report.virtualHours, 1)} virtual hours in ${fixed(report.wallSeconds, 1)} s, ${fixed(report.requestsPerSecond, 0)} requests a second`,
      ...(report.stopped === undefined ? [] : [`STOPPED EARLY: ${report.stopped}`]),
    ].join('\n'),
    table([
      ['orders', 'count'],
      ['wanted', orders.wanted],
      ['placed', orders.placed],
      ...Object.entries(orders.outcomes),
      ['open', orders.open],
    ]),
    table([
      ['of delivered orders', 'count', 'p50 virtual min', 'p90 virtual min', 'p50 real s', 'p90 real s'],
      ...report.times.map(({ what, count, p50Minutes, p90Minutes, p50Seconds, p90Seconds }) => [
        what,
        count,
        fixed(p50Minutes, 1),
        fixed(p90Minutes, 1),
        fixed(p50Seconds, 2),
        fixed(p90Seconds, 2),
      ]),
    ]),
    `${drivers.count} drivers, busy ${fixed(drivers.utilisation * 100, 0)} % of their shifts, ${fixed(drivers.deliveriesPerHour, 2)} deliveries an hour on duty`,
    table([['what happened', 'times'], ...Object.entries(report.counts)]),
    table([
      ['route', 'count', 'p50 ms', 'p95 ms', 'p99 ms', 'statuses'],
      ...report.routes.map(({ route, count, p50Ms, p95Ms, p99Ms, statuses }) => [
        route,
        count,
        fixed(p50Ms, 1),
        fixed(p95Ms, 1),
        fixed(p99Ms, 1),
        statuses,
      ]),
    ]),
    errors(report),
    findings(report),
  ]
  return blocks.filter(Boolean).join('\n\n')
}

const fixed = (value: number | undefined, digits: number) => (value === undefined ? '-' : value.toFixed(digits))

/** Columns as wide as their widest cell; numbers to the right, and the last column as it is. */
export const table = (rows: readonly (readonly (string | number)[])[]): string => {
  const cells = rows.map((row) => row.map(String))
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const isNumber = (column: number) => cells.slice(1).every((row) => /^(-|-?[\d.]+)$/.test(row[column] ?? ''))
  const lines = cells.map((row) =>
    row
      .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  return [lines[0], rule, ...lines.slice(1)].join('\n')
}

const errors = ({ transportErrors, serverFaults }: Report) => {
  const lost = Object.entries(transportErrors)
  return [
    lost.length > 0
      ? table([['requests without an answer', 'times'], ...lost])
      : 'No request stayed without an answer.',
    serverFaults.length > 0
      ? table([
          ['server faults', 'status', 'route', 'problem', 'request id'],
          ...serverFaults
            .slice(0, FAULTS_SHOWN_MAX)
            .map(({ at, status, route, slug, instance }) => [at, status, route, slug, instance]),
        ])
      : 'No answer of 500 or above.',
    serverFaults.length > FAULTS_SHOWN_MAX ? `... and ${serverFaults.length - FAULTS_SHOWN_MAX} more` : '',
  ]
    .filter(Boolean)
    .join('\n\n')
}

const FAULTS_SHOWN_MAX = 20

const findings = ({ findings: all }: Report) => {
  const lines = all.flatMap(({ says, checked, broken, examples }) => {
    const verdict = broken > 0 ? 'BROKEN' : checked > 0 ? 'ok' : '-'
    const times = broken > 0 ? `${broken} times` : checked > 0 ? `${checked} checked` : 'never looked at'
    return [`${verdict.padEnd(6)}  ${says} (${times})`, ...examples.map((example) => `          ${example}`)]
  })
  return ['What must always hold', '---------------------', ...lines].join('\n')
}
