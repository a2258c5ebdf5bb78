/** Style as a test: who may import whom, where time and settings come from, names, lengths. See tests/support/tidy-rules.ts. */
import { expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { steps } from './support/runner-steps'
import * as rules from './support/tidy-rules'
import { isTest, type Source } from './support/tidy-source'

const root = join(import.meta.dir, '..')

/** They act when they are loaded, so they are not loaded here; tests start them as processes. */
const actsAtImport = [/^src\/(main|dev)\.ts$/, /^src\/cli\//]

const filesUnder = (folder: string): string[] =>
  [...new Bun.Glob('**/*').scanSync({ cwd: join(root, folder) })].map((file) => `${folder}/${file}`).sort()

const folders = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
  .map((entry) => entry.name)

const paths = folders.filter((folder) => ['src', 'modules', 'tests', 'sql'].includes(folder)).flatMap(filesUnder)
const sources: Source[] = paths
  .filter((path) => /^(src|modules|tests)\/.*\.tsx?$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

const expectNone = (faults: rules.Fault[]) => expect(faults.map(rules.sayFault)).toEqual([])

test('there are sources to look at', () => {
  expect(sources.map(({ path }) => path)).toContain('tests/tidy.test.ts')
  expect(sources.some(({ path }) => path.startsWith('src/core/'))).toBe(true)
})

test('files import only what their layer may use', () => expectNone(rules.layers(sources)))

test('every module is in the table of who may use whom', () => expectNone(rules.knownModules(sources)))

test('pure places reach neither stores, nor the clock, nor chance', () => expectNone(rules.purity(sources)))

test('only core/config reads the environment', () => expectNone(rules.environment(sources)))

test('only core/clock reads the clock', () => expectNone(rules.clock(sources)))

test('no import climbs more than one folder', () => expectNone(rules.climbing(sources)))

test('no test is skipped or singled out', () => expectNone(rules.unskippedTests(sources)))

test('no file is longer than it may be', () => expectNone(rules.length(sources)))

test('files and folders are named well', () => expectNone(rules.names(paths)))

test('every test file is run by a step', () => {
  const roots = steps.flatMap((step) => (step.kind === 'tests' ? step.roots : []))
  expectNone(rules.testsAreRun(folders.flatMap(filesUnder), roots))
})

test('migrations are numbered without a gap', () => {
  const inMigrations = paths.filter((path) => path.startsWith('sql/migrations/'))
  expectNone(rules.migrationNames(inMigrations.map((path) => path.slice('sql/migrations/'.length))))
})

// A module that no test imports is not in the coverage report at all: here each one is.
test('every production module can be loaded', async () => {
  const faults: string[] = []
  for (const source of sources) {
    if (isTest(source) || source.path.endsWith('.d.ts') || actsAtImport.some((one) => one.test(source.path))) continue
    try {
      await import(join(root, source.path))
    } catch (error) {
      faults.push(`${source.path}: throws when imported: ${error instanceof Error ? error.message : error}`)
    }
  }
  expect(faults).toEqual([])
})
