/** What `bun run test` consists of, in order. The tidy test reads this too: a test file in no step would never run. */
import { availableParallelism } from 'node:os'

type Named = { name: string; limitMs: number }

/** A program whose exit code is the whole answer: it counts as one test. */
export type CommandStep = Named & { kind: 'command'; command: string[] }

/** `bun test` over the test files under some roots: it counts as many as it ran. */
export type TestStep = Named & {
  kind: 'tests'
  roots: string[]
  testTimeoutMs: number
  workers: number
  environment?: Record<string, string>
}

export type Step = CommandStep | TestStep

const minutes = (count: number) => count * 60_000
const seconds = (count: number) => count * 1000

/** The whole run, provisioning included: well under what continuous integration allows. */
export const totalLimitMs = minutes(28)

/**
 * At least two: only then does bun run each file in a process of its own, where a file that crashes takes no other one
 * with it. At most four: each worker has its own database on the one Postgres.
 */
const workers = Math.min(4, Math.max(2, availableParallelism()))

/** Biome's own entry file, run by bun: no node, no PATH, no shell needed. Left to itself it colours even a pipe. */
const biome = ['node_modules/@biomejs/biome/bin/biome', 'ci', '--colors=off', '--error-on-warnings']

/** Committed files only: what git ignores may hold secrets. Shells expand no glob here, and `*` finds no dot file. */
const secretlint = [
  'node_modules/secretlint/bin/secretlint.js',
  '--no-color',
  ...['**/*', '.env.example', '.ci/*', '.github/**/*'],
]

/** Chaos, which measures how soon things heal, has the machine to itself: one worker. Operations mostly wait: two. */
const folder = (name: string, limitMs: number, testTimeoutMs: number, workers: number): TestStep => ({
  kind: 'tests',
  name,
  roots: [`tests/${name}`],
  limitMs,
  testTimeoutMs,
  workers,
})

/** Journeys that speak only HTTP, WebSocket and SQL, so that they run against four processes as well. */
const journeysApart = [
  ...['click-to-door', 'customer', 'chef', 'driver', 'payments', 'offers', 'assigning', 'races', 'handover'],
  ...['realtime-access', 'realtime-catch-up', 'realtime-positions', 'roads'],
  ...['bundles', 'board', 'manual-control', 'late-kitchens', 'astray-drivers'],
  'manual-races',
]

/** Commands are given to bun itself (`process.execPath`): the bun that runs this is the one that checks and tests. */
export const steps: Step[] = [
  { kind: 'command', name: 'provision', limitMs: minutes(6), command: ['tests/provision.ts'] },
  { kind: 'command', name: 'types', limitMs: minutes(2), command: ['check', '--no-script'] },
  { kind: 'command', name: 'types of load tests', limitMs: minutes(2), command: ['check', '-p', 'tests/load'] },
  { kind: 'command', name: 'lint', limitMs: minutes(2), command: biome },
  { kind: 'command', name: 'secrets', limitMs: minutes(2), command: secretlint },
  {
    kind: 'tests',
    name: 'unit',
    roots: ['src', 'modules', 'tests/support', 'tests/load', 'tests/bench', 'tests/tidy.test.ts'],
    limitMs: minutes(6),
    testTimeoutMs: seconds(15),
    workers,
  },
  folder('journeys', minutes(8), seconds(60), workers),
  {
    kind: 'tests',
    name: 'journeys-apart',
    roots: journeysApart.map((name) => `tests/journeys/${name}.test.ts`),
    limitMs: minutes(9),
    testTimeoutMs: seconds(90),
    // Each file has four servers and a Redis, and forty connections to the one Postgres.
    workers: 2,
    environment: { TEST_SHAPE: 'apart' },
  },
  folder('contracts', minutes(5), seconds(60), workers),
  folder('chaos', minutes(9), seconds(120), 1),
  folder('browser', minutes(6), seconds(90), 1),
  folder('ops', minutes(15), seconds(180), 2),
]
