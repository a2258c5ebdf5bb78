/** The runbooks hold what they promise: their form, their links, every alert's place, and their commands at a real market. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tell } from '../support/chaos-client'
import { repository } from '../support/chaos-server'
import {
  type Block,
  faultsOfBlock,
  isNotRun,
  isRun,
  parseRunbook,
  type RunbookDocument,
  SECTIONS,
} from '../support/runbook-document'
import { startTroubledMarket, type TroubledMarket } from '../support/runbook-market'
import { openTerminal } from '../support/runbook-terminal'
import { TROUBLES } from '../support/runbook-troubles'

const folder = join(repository, 'docs', 'runbooks')
const textOf = (name: string) => readFileSync(join(folder, name), 'utf8')

/** In the order in which they are run: what changes secrets and restarts the server comes last. */
const RUNBOOKS = [
  'monitoring.md',
  'incident.md',
  'dispatch.md',
  'jobs.md',
  'performance-degradation.md',
  'scaling.md',
  'database-recovery.md',
  'secret-rotation.md',
  'restart-services.md',
]
const GUIDE = 'README.md'

const documents = new Map<string, RunbookDocument>(
  [GUIDE, ...RUNBOOKS].map((name) => [name, parseRunbook(textOf(name))]),
)
const documentOf = (name: string) => documents.get(name)!

test('every runbook is in the order of this test and in the table of the guide', () => {
  const found = readdirSync(folder).sort()
  expect(found).toEqual([...documents.keys()].sort())
  expect(documentOf(GUIDE).links).toEqual(expect.arrayContaining(RUNBOOKS))
})

test.each(RUNBOOKS)('%s has the sections, in order', (name) => {
  const { headings } = documentOf(name)
  expect(headings.filter(({ level }) => level === 1)).toHaveLength(1)
  expect(headings.filter(({ level }) => level === 2).map(({ text }) => text)).toEqual(SECTIONS)
  for (const { body, text, level } of headings) if (level === 2) expect([text, body.trim()]).not.toEqual([text, ''])
})

test.each([GUIDE, ...RUNBOOKS])(
  'blocks of %s are of a known kind, expect something, and warn before they do harm',
  (name) => {
    const lines = textOf(name).split('\n')
    const faults = documentOf(name).blocks.flatMap((block) =>
      faultsOfBlock(block, lines.slice(0, block.line - 1).join('\n')),
    )
    expect(faults).toEqual([])
  },
)

/** Alerts by the places that they name, as the rules are written for Prometheus. */
const alertPlaces = (): string[] => {
  const rules = join(repository, 'monitoring', 'prometheus', 'rules')
  const texts = readdirSync(rules).map((file) => readFileSync(join(rules, file), 'utf8'))
  return texts.flatMap((text) =>
    [...text.matchAll(/runbook_url: "?docs\/runbooks\/([^"\s]+)/g)].map(([, place]) => place!),
  )
}

test('each alert has its place, and each place says what an operator needs', () => {
  const places = [...new Set(alertPlaces())]
  expect(places.length).toBeGreaterThan(40)
  const faults = places.flatMap((place) => {
    const [file, anchor] = place.split('#')
    const heading = documents.get(file!)?.headings.find((one) => one.anchor === anchor)
    if (!heading) return [`${place}: there is no such heading`]
    const missing = ['**Means**', '**Look**', '**Do**', '**Wake**'].filter((word) => !heading.body.includes(word))
    return missing.map((word) => `${place}: does not say ${word}`)
  })
  expect(faults).toEqual([])
  const described = RUNBOOKS.flatMap((name) =>
    documentOf(name)
      .headings.filter(({ level }) => level === 3)
      .map(({ anchor }) => `${name}#${anchor}`),
  )
  expect(described.filter((place) => !places.includes(place))).toEqual([])
})

test('links lead somewhere', () => {
  const faults = [...documents].flatMap(([name, { links }]) =>
    links.flatMap((link) => {
      if (/^https?:/.test(link)) return []
      const [path, anchor] = link.split('#')
      const file = path ? join(folder, path) : join(folder, name)
      if (!existsSync(file)) return [`${name}: ${link}: no such file`]
      if (!anchor) return []
      const { headings } = parseRunbook(readFileSync(file, 'utf8'))
      return headings.some((heading) => heading.anchor === anchor) ? [] : [`${name}: ${link}: no such heading`]
    }),
  )
  expect(faults).toEqual([])
})

test('the panels that are named are on a dashboard', () => {
  const dashboards = join(repository, 'monitoring', 'grafana', 'dashboards')
  const known = readdirSync(dashboards).flatMap((file) => {
    const { title, panels } = JSON.parse(readFileSync(join(dashboards, file), 'utf8'))
    return panels.map((panel: { title: string }) => `${title} / ${panel.title}`)
  })
  const named = RUNBOOKS.flatMap((name) =>
    [...documentOf(name).prose.matchAll(/\*\*([A-Z][a-z]+ \/ [^*]+)\*\*/g)].map(([, panel]) => panel!),
  )
  expect(named.length).toBeGreaterThan(20)
  expect(named.filter((panel) => !known.includes(panel))).toEqual([])
})

const sources = () =>
  ['src', 'modules'].flatMap((root) =>
    [...new Bun.Glob('**/*.ts').scanSync({ cwd: join(repository, root) })]
      .filter((file) => !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(repository, root, file), 'utf8')),
  )

/** In a query, or expected of /metrics; names of roles and databases have fewer parts. */
const metricsOf = ({ info, text, expectations }: Block) => {
  const lines = info === 'promql' ? [text] : expectations.map((one) => one.text)
  const names = lines.flatMap((line) =>
    [...line.matchAll(/\bridendine_([a-z]+(?:_[a-z]+)+)/g)].map(([, name]) => name!),
  )
  return names.map((name) => name.replace(/_(bucket|count|sum)$/, ''))
}

test('the log lines, metrics, commands and files that are named are in the software', () => {
  const code = sources().join('\n')
  const all = [...documents.keys()].map(textOf).join('\n')
  const named = (pattern: RegExp) => [...new Set([...all.matchAll(pattern)].map(([, name]) => name!))]
  const logLines = named(/"msg":"([^"]+)"/g)
  expect(logLines.length).toBeGreaterThan(10)
  expect(logLines.filter((line) => !code.includes(`'${line}'`))).toEqual([])
  const metrics = [...new Set([...documents.values()].flatMap(({ blocks }) => blocks.flatMap(metricsOf)))]
  expect(metrics.length).toBeGreaterThan(10)
  expect(metrics.filter((name) => !code.includes(`'${name}'`) && !code.includes(`'ridendine_${name}'`))).toEqual([])
  const { scripts } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'))
  expect(named(/\bbun run ([a-z:]+)/g).filter((name) => !(name in scripts))).toEqual([])
  const files = named(/\b((?:tests|src|deploy)\/[\w./-]+\.\w+)/g)
  expect(files.filter((path) => !existsSync(join(repository, path)))).toEqual([])
})

let market: TroubledMarket
let serverPid: number

beforeAll(async () => {
  market = await startTroubledMarket()
  serverPid = market.serverPid
}, 60_000)

afterAll(async () => {
  // A runbook started it anew.
  if (market && serverPid !== market.serverPid) process.kill(serverPid, 'SIGKILL')
  await market?.stop()
}, 30_000)

test.each(RUNBOOKS)(
  'the commands of %s do what they promise',
  async (name) => {
    const { blocks } = documentOf(name)
    const startedMs = performance.now()
    const trouble = await TROUBLES[name]?.(market)
    const terminal = openTerminal(join(market.folder, name), { ...market.environment, SERVER_PID: String(serverPid) })
    const outputs: string[] = []
    try {
      for (const block of [...documentOf(GUIDE).blocks, ...blocks].filter(isRun)) {
        outputs.push(await terminal.run(block))
        await trouble?.after?.(block.text)
      }
      trouble?.check?.(outputs.join('\n'))
    } finally {
      serverPid = Number(terminal.read('SERVER_PID') ?? serverPid)
      await trouble?.end?.()
    }
    tell(name, {
      run: blocks.filter(isRun).length,
      notRun: blocks.filter(isNotRun).length,
      seconds: Math.round((performance.now() - startedMs) / 100) / 10,
    })
  },
  90_000,
)
