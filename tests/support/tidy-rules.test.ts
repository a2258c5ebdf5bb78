import { describe, expect, test } from 'bun:test'
import * as rules from './tidy-rules'
import { codeOf, importsOf, resolveImport, valueImportsOf } from './tidy-source'

/** Made-up files: path to text. */
const tree = (files: Record<string, string>) => Object.entries(files).map(([path, text]) => ({ path, text }))

/** Joined, so that neither this rule nor a search of the repository takes the trial for the real thing. */
const singled = (name: string, how: string) => [name, how].join('.')

type Trial = { rule: rules.Rule; keeps: Record<string, string>[]; breaks: [Record<string, string>, says: string][] }

const trials: Record<string, Trial> = {
  layers: {
    rule: rules.layers,
    keeps: [
      { 'src/app.ts': "import { orders } from '#modules/api/orders/routes'" },
      { 'src/core/health.ts': "import { database } from '#core/database'; import text from '#sql/queries/x.sql'" },
      {
        'modules/api/orders/service.ts':
          "import '#core/database'; import './queries'; import '#modules/dispatch/index'",
      },
      { 'modules/api/routes.ts': "import './orders/routes'" },
      { 'modules/dispatch/live.ts': "import { travelTimes } from '../routing/index.ts'; import 'elysia'" },
      { 'tests/journeys/a.test.ts': "import '#modules/routing/graph/query'; import '#modules/api/routes'" },
      { 'modules/api/orders/service.test.ts': "import '#modules/routing/routes'" },
      { 'src/cli/roads.ts': "import '#modules/routing/graph/import'" },
    ],
    breaks: [
      [{ 'src/core/events.ts': "import '#modules/api/index'" }, 'src/core stands on packages alone'],
      [{ 'src/core/events.ts': "import '../app'" }, 'src/core stands on packages alone'],
      [{ 'src/main.ts': "import { orders } from '#modules/api/orders/routes'" }, "mounts a module's routes"],
      [{ 'modules/api/a.ts': "import '#modules/routing/routes'" }, "mounts a module's routes"],
      [{ 'modules/api/a.ts': "import '#modules/dispatch/engine/assign'" }, 'only its face modules/dispatch/index.ts'],
      [{ 'modules/api/a.ts': "import type { Offer } from '#modules/dispatch/offers'" }, 'only its face'],
      [{ 'modules/api/a.ts': "import '#modules/realtime/index'" }, 'api may use dispatch, routing'],
      [{ 'modules/dispatch/a.ts': "import '#modules/api/index'" }, 'dispatch may use routing'],
      [{ 'modules/routing/a.ts': "await import('../dispatch/index')" }, 'routing may use no other module'],
      [{ 'modules/realtime/a.ts': "export { x } from '#modules/api/index'" }, 'realtime may use no other module'],
      [{ 'modules/web/a.ts': "import '#modules/routing/index'" }, 'web may use no other module'],
      [{ 'modules/api/a.ts': "import '../../src/demo/city'" }, 'a module may use only src/core'],
      [{ 'src/core/a.ts': "import '../../tests/support/people'" }, 'stands without its tests'],
    ],
  },
  knownModules: {
    rule: rules.knownModules,
    keeps: [{ 'modules/api/index.ts': '', 'modules/web/index.ts': '' }],
    breaks: [[{ 'modules/billing/index.ts': '' }, 'modules/billing: is not in the table']],
  },
  purity: {
    rule: rules.purity,
    keeps: [
      { 'modules/dispatch/engine/assign.ts': "import './cost'; const at = new Date(0) // not Date.now()" },
      { 'modules/dispatch/zones.ts': "import postgres from 'postgres'; Math.random()" },
      { 'modules/dispatch/engine/assign.test.ts': "import '#core/clock'; Date.now()" },
      {
        'modules/routing/graph/a.ts': "import '#core/geo'; import type { Row } from '#core/rows'",
        'src/core/geo.ts': '',
        'src/core/rows.ts': "import '#core/database'",
      },
    ],
    breaks: [
      [{ 'modules/dispatch/engine/a.ts': "import { Elysia } from 'elysia'" }, 'imports elysia'],
      [{ 'modules/dispatch/engine/deep/a.ts': "import type { Sql } from 'postgres'" }, 'imports postgres'],
      [{ 'modules/routing/graph/a.ts': "import { type Tx } from '#core/database'" }, 'imports #core/database'],
      [{ 'src/core/lifecycle/order-states.ts': "import { clock } from '../clock'" }, 'imports ../clock'],
      [{ 'modules/api/orders/pricing.ts': 'const at = new Date()' }, 'uses new Date()'],
      [{ 'src/core/ledger.ts': 'const at = Date.now()' }, 'uses Date.now()'],
      [{ 'modules/dispatch/engine/a.ts': 'Math.random()' }, 'uses Math.random()'],
      [{ 'modules/dispatch/engine/a.ts': 'const id = crypto.randomUUID()' }, 'uses random bytes'],
      [{ 'modules/dispatch/engine/a.ts': 'performance.now()' }, 'uses performance.now()'],
      [
        { 'modules/routing/graph/a.ts': "import { x } from '#core/geo'", 'src/core/geo.ts': "import '#core/database'" },
        'imports #core/geo > #core/database',
      ],
    ],
  },
  environment: {
    rule: rules.environment,
    keeps: [
      { 'src/core/config.ts': 'process.env.PORT' },
      { 'src/core/log.ts': '// process.env.LOG_LEVEL is read by config' },
      { 'tests/support/people.ts': 'process.env.TEST_DATABASE_URL' },
    ],
    breaks: [
      [{ 'src/core/log.ts': 'const level = process.env.LOG_LEVEL' }, 'reads process.env'],
      [{ 'src/core/log.ts': "const isLive = process.env.NODE_ENV === 'production'" }, 'reads process.env'],
      [{ 'modules/api/mail.ts': 'const { MAIL_FROM } = Bun.env' }, 'reads Bun.env'],
      [{ 'src/cli/seed.ts': 'import.meta.env.DEMO' }, 'reads import.meta.env'],
    ],
  },
  clock: {
    rule: rules.clock,
    keeps: [
      { 'src/core/clock.ts': 'export const now = () => new Date(Date.now())' },
      { 'src/core/metrics.ts': 'performance.now(); const at = new Date(0)' },
      { 'modules/web/client/clock.ts': 'export const now = () => Date.now()' },
      { 'src/cli/backup.ts': 'new Date()' },
      { 'modules/api/orders/service.test.ts': 'Date.now()' },
    ],
    breaks: [
      [{ 'modules/api/orders/service.ts': 'const now = new Date()' }, 'new Date()'],
      [{ 'modules/api/orders/service.ts': 'const now = new Date' }, 'new Date()'],
      [{ 'src/core/jobs.ts': 'const now = Date.now()' }, 'Date.now()'],
      [{ 'src/core/jobs.ts': 'const read = Date.now' }, 'Date.now()'],
      [{ 'modules/web/client/map.ts': 'Temporal.Now.instant()' }, 'Temporal.Now'],
    ],
  },
  climbing: {
    rule: rules.climbing,
    keeps: [{ 'modules/api/orders/a.ts': "import '../chefs/index'; import './b'; import '#core/ids'" }],
    breaks: [
      [{ 'modules/api/orders/a.ts': "import { id } from '../../../src/core/ids'" }, 'instead of climbing'],
      [{ 'tests/journeys/a.test.ts': "import type { Id } from '../../src/core/ids'" }, 'instead of climbing'],
      [{ 'src/core/a/b.ts': "const it = await import('../..')" }, 'instead of climbing'],
    ],
  },
  unskippedTests: {
    rule: rules.unskippedTests,
    keeps: [
      { 'src/core/a.test.ts': "test.each([1])('it skips nothing', () => {}); // test" },
      { 'src/core/list.ts': 'const { only } = it' },
    ],
    breaks: ['only', 'skip', 'todo', 'skipIf(true)', 'todoIf(true)', 'if(false)', 'each([1]).skip'].flatMap((how) =>
      ['test', 'it', 'describe'].map((name): [Record<string, string>, string] => [
        { 'src/core/a.test.ts': `${singled(name, how)}('a', () => {})` },
        'every test runs',
      ]),
    ),
  },
  length: {
    rule: rules.length,
    keeps: [{ 'src/core/a.ts': 'x\n'.repeat(350) }, { 'src/demo/city.ts': 'x\n'.repeat(2000) }],
    breaks: [[{ 'src/core/a.test.ts': 'x\n'.repeat(351) }, 'has 351 lines, more than 350']],
  },
}

for (const [name, { rule, keeps, breaks }] of Object.entries(trials)) {
  describe(name, () => {
    test.each(keeps)('keeps the rule: %j', (files) => {
      expect(rule(tree(files))).toEqual([])
    })

    test.each(breaks)('breaks the rule: %j', (files, says) => {
      const faults = rule(tree(files))
      expect(faults).toHaveLength(1)
      expect(rules.sayFault(faults[0]!)).toContain(says)
      expect(Object.keys(files).some((path) => path.startsWith(faults[0]!.path))).toBe(true)
    })
  })
}

describe('names', () => {
  test.each([
    'src/core/rate-limit.ts',
    'src/core/rate-limit.test.ts',
    'sql/text.d.ts',
    'modules/web/README.md',
    'tests/golden/R_1 big.json',
  ])('%s is a good name', (path) => expect(rules.names([path])).toEqual([]))

  test.each([
    ['src/core/rateLimit.ts', '"rateLimit" is not kebab-case'],
    ['src/Core/log.ts', '"Core" is not kebab-case'],
    ['src/core/rate_limit.ts', '"rate_limit" is not kebab-case'],
    ['src/core/utils.ts', '"utils" says nothing'],
    ['modules/api/helpers/order.ts', '"helpers" says nothing'],
    ['src/common/order.test.ts', '"common" says nothing'],
  ])('%s is not', (path, says) => expect(rules.names([path]).map(rules.sayFault).join()).toContain(says))
})

describe('testsAreRun', () => {
  const roots = ['src', 'tests/journeys', 'tests/tidy.test.ts']

  test('a test under a root, and what is no test, are fine', () => {
    const paths = ['src/core/a.test.ts', 'tests/journeys/b.test.ts', 'tests/tidy.test.ts', 'deploy/probe.ts']
    expect(rules.testsAreRun(paths, roots)).toEqual([])
  })

  test.each(['deploy/probe.test.ts', 'tests/load/a.test.ts', 'src/core/a.spec.ts', 'src/core/a_test.ts'])(
    '%s would never run',
    (path) => expect(rules.testsAreRun([path], roots)).toHaveLength(1),
  )
})

describe('migrationNames', () => {
  test('numbers without a gap are fine, in any order', () => {
    expect(rules.migrationNames(['0002-orders.sql', '0001-identity.sql', '0003-two-words.sql'])).toEqual([])
  })

  test.each([
    [['0001-a.sql', '0003-c.sql'], 'the next number, 0002'],
    [['0002-a.sql'], 'the next number, 0001'],
    [['0001-a.sql', '0001-b.sql'], 'the next number, 0002'],
    [['0001_identity.sql'], 'is not named'],
    [['0001-Identity.sql'], 'is not named'],
    [['notes.md'], 'is not named'],
  ])('%j is not', (files, says) => {
    expect(rules.migrationNames(files).map(rules.sayFault).join()).toContain(says)
  })
})

describe('a source', () => {
  const source = {
    path: 'modules/api/orders/service.ts',
    text: `
      import type { A } from 'only-types'
      import type B from 'default-type'
      import { type C, type D } from 'inline-types'
      import { type E, f } from 'mixed'
      export type { G } from 'type-again'
      export type H = string
      const i = await import('later')
      // import 'in-a-comment'
      /** Date.now() */
    `,
  }

  test('tells its imports of values from those of types', () => {
    const specifiers = importsOf(source).map(({ specifier }) => specifier)
    const all = ['only-types', 'default-type', 'inline-types', 'mixed', 'type-again', 'later']
    expect(specifiers.toSorted()).toEqual(all.toSorted())
    expect(valueImportsOf(source).map(({ specifier }) => specifier)).toEqual(['mixed', 'later'])
  })

  test('has its code without its comments', () => expect(codeOf(source)).not.toContain('Date.now'))

  test('that cannot be parsed is named', () => {
    expect(() => codeOf({ path: 'src/broken.ts', text: 'const = {' })).toThrow('src/broken.ts cannot be parsed')
  })

  test.each([
    ['elysia', null],
    ['node:fs', null],
    ['#core/database', 'src/core/database'],
    ['#modules/routing/index', 'modules/routing/index'],
    ['./queries', 'modules/api/orders/queries'],
    ['../chefs/service.ts', 'modules/api/chefs/service'],
    ['../../routing', 'modules/routing/index'],
  ])('imports %s from %s', (specifier, target) => {
    expect(resolveImport('modules/api/orders/service.ts', specifier)).toBe(target)
  })
})
