/**
 * The style of this repository as functions: files in, faults out. tests/tidy.test.ts feeds them the repository,
 * tidy-rules.test.ts made-up files that keep and that break each rule.
 */
import { codeOf, importsOf, isTest, type Source, valueImportsOf } from './tidy-source'

export type Fault = { path: string; rule: string; message: string }
export type Rule = (sources: Source[]) => Fault[]

export const sayFault = ({ path, rule, message }: Fault) => `${path}: ${message} (${rule})`

/** Which modules a module may use, by their faces. A new module gets a line here. */
const mayUse: Record<string, string[]> = {
  api: ['dispatch', 'routing'],
  dispatch: ['routing'],
  realtime: [],
  routing: [],
  web: [],
}

/** Files besides core/config.ts that may read the environment, each with its reason. */
const mayReadEnvironment: Record<string, string> = {
  'src/core/config.ts': 'it is the one that does',
  'src/core/embedded-postgres.ts': 'hands PATH on to the server that it starts',
  'src/dev.ts': 'sets what `bun dev` needs before core/config.ts is loaded',
}

/** Files besides core/clock.ts that may read the clock, each with its reason. */
const mayReadClock: Record<string, string> = {
  'src/core/clock.ts': 'it is the one that does',
}

/** No time, no chance, no stores: what comes out depends only on what goes in. */
const purePlaces = [
  /^modules\/dispatch\/engine\//,
  /^modules\/dispatch\/eta\//,
  /^modules\/routing\/graph\//,
  /^src\/core\/lifecycle\/[^/]+-states\.ts$/,
  /^(src|modules)\/(.+\/)?(pricing|ledger)\.ts$/,
]
const impurePackages = /^(elysia|@elysiajs\/[^/]+|postgres)(\/|$)/
const impureFiles = ['src/core/database', 'src/core/clock']

const clockReads: [RegExp, string][] = [
  [/\bDate\.now\b/, 'Date.now()'],
  [/\bnew Date\b(?!\()|\bnew Date\(\)/, 'new Date()'],
  [/\bTemporal\.Now\b/, 'Temporal.Now'],
]
const impureReads: [RegExp, string][] = [
  ...clockReads,
  [/\bperformance\.now\b/, 'performance.now()'],
  [/\bMath\.random\b/, 'Math.random()'],
  [/\b(randomUUID|randomUUIDv7|getRandomValues)\b/, 'random bytes'],
]
const environmentReads: [RegExp, string][] = [
  [/\bprocess\.env\b/, 'process.env'],
  [/\bBun\.env\b/, 'Bun.env'],
  [/\bimport\.meta\.env\b/, 'import.meta.env'],
]

const linesMax = 350
const bannedNames = ['util', 'utils', 'helper', 'helpers', 'common']

const moduleOf = (path: string) => /^modules\/([^/]+)\//.exec(path)?.[1]
const isCore = (path: string) => path.startsWith('src/core/')
const isPure = ({ path }: Source) => purePlaces.some((place) => place.test(path))
const isRoutes = (target: string) => /^modules\/.*\/routes(\/|$)/.test(target)
const production = (sources: Source[]) => sources.filter((source) => !isTest(source))

const readsIn = (source: Source, reads: [RegExp, string][]) => {
  const code = codeOf(source)
  return reads.filter(([pattern]) => pattern.test(code)).map(([, name]) => name)
}

/** src/app -> modules -> src/core -> packages, and between modules only the faces of those that may be used. */
export const layers: Rule = (sources) =>
  production(sources).flatMap((source) =>
    importsOf(source).flatMap(({ specifier, target }) => {
      const message = target === null ? null : wrongLayer(source.path, target)
      return message ? [{ path: source.path, rule: 'layers', message: `imports ${specifier}: ${message}` }] : []
    }),
  )

const wrongLayer = (path: string, target: string): string | null => {
  if (target.startsWith('tests/') || target.endsWith('.test')) return 'production code stands without its tests'
  const own = moduleOf(path)
  if (isCore(path) && !isCore(target) && !target.startsWith('sql/')) return 'src/core stands on packages alone'
  if (own && target.startsWith('src/') && !isCore(target)) return 'of src, a module may use only src/core'
  if (path !== 'src/app.ts' && isRoutes(target) && moduleOf(target) !== own)
    return "only src/app.ts mounts a module's routes"
  return own ? wrongNeighbour(own, target) : null
}

const wrongNeighbour = (own: string, target: string): string | null => {
  const other = moduleOf(target)
  if (!other || other === own) return null
  const allowed = mayUse[own] ?? []
  if (!allowed.includes(other)) return `${own} may use ${allowed.length > 0 ? allowed.join(', ') : 'no other module'}`
  return target === `modules/${other}/index` ? null : `of another module, only its face modules/${other}/index.ts`
}

/** A module that nobody thought about has no rights and no duties: it must be in the table. */
export const knownModules: Rule = (sources) => {
  const names = new Set(sources.map(({ path }) => moduleOf(path)).filter((name) => name !== undefined))
  return [...names]
    .filter((name) => !Object.hasOwn(mayUse, name))
    .map((name) => ({ path: `modules/${name}`, rule: 'known-modules', message: 'is not in the table of modules' }))
}

/** Pure places reach neither Elysia, nor SQL, nor the clock, nor chance: not directly, and not through what they import. */
export const purity: Rule = (sources) => {
  const byTarget = new Map(sources.map((source) => [source.path.replace(/\.tsx?$/, ''), source]))
  return production(sources)
    .filter(isPure)
    .flatMap((source) => {
      const reads = readsIn(source, impureReads).map((name) => `uses ${name}: it is to be handed in`)
      const chains = impureChains(source, byTarget)
      // What is left are imports of types: nothing at run time, but the pure place would know of the store.
      const direct = importsOf(source).filter(
        (one) => isImpure(one) && !chains.some(([first]) => first === one.specifier),
      )
      const reaches = [...chains, ...direct.map(({ specifier }) => [specifier])].map(
        (chain) => `imports ${chain.join(' > ')}`,
      )
      return [...reads, ...reaches].map((message) => ({ path: source.path, rule: 'purity', message }))
    })
}

const isImpure = ({ specifier, target }: { specifier: string; target: string | null }) =>
  target === null ? impurePackages.test(specifier) : impureFiles.includes(target)

/** Each way, as the specifiers on it, by which a file comes to something impure at run time. */
const impureChains = (start: Source, byTarget: Map<string, Source>): string[][] => {
  const found: string[][] = []
  const visited = new Set([start])
  const visit = (source: Source, chain: string[]) => {
    for (const one of valueImportsOf(source)) {
      const next = one.target === null ? undefined : byTarget.get(one.target)
      if (isImpure(one)) found.push([...chain, one.specifier])
      else if (next && !visited.has(next)) {
        visited.add(next)
        visit(next, [...chain, one.specifier])
      }
    }
  }
  visit(start, [])
  return found
}

export const environment: Rule = (sources) =>
  production(sources)
    .filter(({ path }) => !Object.hasOwn(mayReadEnvironment, path))
    .flatMap((source) =>
      readsIn(source, environmentReads).map((name) => ({
        path: source.path,
        rule: 'environment',
        message: `reads ${name}: only src/core/config.ts does`,
      })),
    )

/** Rules are handed `now`. The browser has a clock of its own: modules/web may have files named clock.ts for it. */
export const clock: Rule = (sources) =>
  production(sources)
    .filter(({ path }) => isCore(path) || moduleOf(path) !== undefined)
    .filter(({ path }) => !Object.hasOwn(mayReadClock, path) && !/^modules\/web\/(.+\/)?clock\.ts$/.test(path))
    .filter((source) => !isPure(source))
    .flatMap((source) =>
      readsIn(source, clockReads).map((name) => ({
        path: source.path,
        rule: 'clock',
        message: `reads the clock with ${name}: only src/core/clock.ts does`,
      })),
    )

export const climbing: Rule = (sources) =>
  sources.flatMap((source) =>
    importsOf(source)
      .filter(({ specifier }) => /(^|\/)\.\.\/\.\.(\/|$)/.test(specifier))
      .map(({ specifier }) => ({
        path: source.path,
        rule: 'climbing',
        message: `imports ${specifier}: use #core/ or #modules/ instead of climbing`,
      })),
  )

export const unskippedTests: Rule = (sources) =>
  sources.filter(isTest).flatMap((source) => {
    const found =
      /\b(test|it|describe)(\.\w+(\([^()]*\))?)*\.(only|skip|todo|skipIf|todoIf|if)\b|\bx(it|test|describe)\(/.exec(
        codeOf(source),
      )
    if (!found) return []
    return [{ path: source.path, rule: 'unskipped-tests', message: `has ${found[0]}: every test runs, always` }]
  })

/** Long files ask to be two. Data may be as long as it is. */
export const length: Rule = (sources) =>
  sources
    .filter(({ path }) => !path.startsWith('src/demo/'))
    .map(({ path, text }) => ({ path, lineCount: text.trimEnd().split('\n').length }))
    .filter(({ lineCount }) => lineCount > linesMax)
    .map(({ path, lineCount }) => ({ path, rule: 'length', message: `has ${lineCount} lines, more than ${linesMax}` }))

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/

/** Golden files and fixtures keep the names that the outside world gave them. */
export const names = (paths: string[]): Fault[] =>
  paths
    .filter((path) => !/(^|\/)(golden|fixtures|__snapshots__)\//.test(path) && !/(^|\/)[A-Z]+\.md$/.test(path))
    .flatMap((path) => {
      const parts = path.split('/').flatMap((segment) => segment.split('.'))
      const crooked = parts.find((part) => !kebab.test(part))
      const banned = parts.find((part) => bannedNames.includes(part))
      const messages = [
        crooked !== undefined && `"${crooked}" is not kebab-case`,
        banned !== undefined && `"${banned}" says nothing: name the noun`,
      ]
      return messages.filter((message) => message !== false).map((message) => ({ path, rule: 'names', message }))
    })

/** A test that no step of tests/run.ts finds is never red. `roots` are folders, or single files. */
export const testsAreRun = (paths: string[], roots: string[]): Fault[] =>
  paths.flatMap((path) => {
    const rule = 'tests-are-run'
    if (/[._](test|spec)\.[cm]?[jt]sx?$/.test(path) && !/\.test\.tsx?$/.test(path)) {
      return [{ path, rule, message: 'would never run: tests are named *.test.ts' }]
    }
    if (!/\.test\.tsx?$/.test(path) || roots.some((root) => path === root || path.startsWith(`${root}/`))) return []
    return [{ path, rule, message: 'would never run: no step of tests/support/runner-steps.ts covers its folder' }]
  })

/** `files` are the names in sql/migrations, in any order. */
export const migrationNames = (files: string[]): Fault[] => {
  const rule = 'migration-names'
  return [...files].sort().flatMap((file, index) => {
    const path = `sql/migrations/${file}`
    if (!/^\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.sql$/.test(file)) {
      return [{ path, rule, message: 'is not named NNNN-kebab-case.sql' }]
    }
    const expected = String(index + 1).padStart(4, '0')
    if (file.startsWith(`${expected}-`)) return []
    return [
      { path, rule, message: `has not the next number, ${expected}: numbers are contiguous and each is given once` },
    ]
  })
}
