import type { Second } from './measures.ts'

const [WIDTH, HEIGHT, LEFT, TOP, BAND] = [900, 420, 60, 30, 160] as const

/** Requests a second, failures among them, and the 95th percentile over the time of a run, as an SVG. */
export const pictureOf = (title: string, seconds: readonly Second[]): string => {
  const rates = seconds.map(({ requests }) => requests)
  const failures = seconds.map(({ failed }) => failed)
  const slow = seconds.map(({ durations }) => durations.percentile(95))
  const bands = [
    {
      name: 'requests/s',
      lines: [
        { values: rates, color: '#2563eb' },
        { values: failures, color: '#dc2626' },
      ],
    },
    { name: 'p95 ms', lines: [{ values: slow, color: '#059669' }] },
  ]
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    `<text x="${LEFT}" y="18">${escaped(title)}</text>`,
    ...bands.flatMap(({ name, lines }, index) => bandOf(name, lines, TOP + index * (BAND + 30))),
    `<text x="${LEFT}" y="${HEIGHT - 6}">0 s</text>`,
    `<text x="${WIDTH - 20}" y="${HEIGHT - 6}" text-anchor="end">${seconds.length} s</text>`,
    '</svg>',
  ].join('\n')
}

const bandOf = (name: string, lines: readonly { values: number[]; color: string }[], top: number) => {
  const max = Math.max(1, ...lines.flatMap(({ values }) => values))
  const x = (index: number, count: number) => LEFT + (index / Math.max(1, count - 1)) * (WIDTH - LEFT - 20)
  const y = (value: number) => top + BAND - (value / max) * BAND
  return [
    `<line x1="${LEFT}" y1="${top + BAND}" x2="${WIDTH - 20}" y2="${top + BAND}" stroke="#999"/>`,
    `<text x="${LEFT - 6}" y="${top + 10}" text-anchor="end">${max.toFixed(max < 10 ? 1 : 0)}</text>`,
    `<text x="${LEFT - 6}" y="${top + BAND}" text-anchor="end">0</text>`,
    `<text x="${LEFT + 6}" y="${top + 10}">${name}</text>`,
    ...lines.map(({ values, color }) => {
      const points = values.map((value, index) => `${x(index, values.length).toFixed(1)},${y(value).toFixed(1)}`)
      return `<polyline fill="none" stroke="${color}" stroke-width="1.5" points="${points.join(' ')}"/>`
    }),
  ]
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
