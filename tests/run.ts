/**
 * `bun run test`: every step in order, whatever the steps before it said, so that one run tells everything.
 * `bun tests/run.ts unit journeys` runs those alone. The last line is `N passed, N failed, N skipped`.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { startTestPostgres, type TestPostgres } from './support/runner-postgres'
import { runBounded, writeOut } from './support/runner-process'
import { addSums, noSums, type Report, readReport, readResultLine, type Sums, sumsLine } from './support/runner-report'
import { type CommandStep, type Step, steps, type TestStep, totalLimitMs } from './support/runner-steps'

const reportsDir = join('.data', 'test-reports')
const failedNamesMax = 100
const parentPollMs = 1000
const interruptedExitCode = 130

type Outcome = { name: string; report: Report; seconds: number; failedTests: string[] }

process.chdir(join(import.meta.dir, '..'))
const startedMs = performance.now()
const leftMs = () => totalLimitMs - (performance.now() - startedMs)
const interruption = new AbortController()

const main = async (): Promise<number> => {
  const chosen = chooseSteps(process.argv.slice(2))
  if (!chosen) return 2
  mkdirSync(reportsDir, { recursive: true })
  const env = testEnvironment()
  const outcomes: Outcome[] = []
  let database: TestPostgres | undefined
  try {
    for (const step of chosen) {
      if (step.kind === 'tests' && !step.roots.some((root) => existsSync(root))) {
        await writeOut(`\n=== ${step.name}: there is no ${step.roots.join(', ')}; nothing to run\n`)
        continue
      }
      if (step.kind === 'tests' && !env.TEST_DATABASE_URL && canStillRun()) {
        const started = await startDatabase()
        if (started.outcome) outcomes.push(started.outcome)
        database = started.database
        // Set even where it did not start: it is tried once, and the tests that need it then say that it is missing.
        env.TEST_DATABASE_URL = database?.url ?? 'postgres://postgres-did-not-start.invalid/postgres'
      }
      outcomes.push(await runStep(step, env))
    }
  } finally {
    await database?.stop()
  }
  return await closeWith(outcomes)
}

const chooseSteps = (names: string[]): Step[] | null => {
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) {
    console.error(`No such step: ${unknown.join(', ')}. Steps: ${steps.map((step) => step.name).join(', ')}.`)
    return null
  }
  return names.length > 0 ? steps.filter((step) => names.includes(step.name)) : steps
}

/**
 * The settings of whoever runs the tests must not reach them: nobody's tests may write to the database, call the payment
 * account or fill the mailbox that a developer's shell names. .env.example documents all settings, so it says which.
 */
const testEnvironment = (): Record<string, string | undefined> => {
  const documented = existsSync('.env.example') ? readFileSync('.env.example', 'utf8') : ''
  const settings = [...documented.matchAll(/^[# ]*([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name!)
  const outward = /^(DATABASE|TEST_DATABASE|UPSTASH|STRIPE|JWT|SMTP)_/
  const isSetting = (name: string) => outward.test(name) || settings.includes(name.replace(/_FILE$/, ''))
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_ENV' && !isSetting(name)))
}

const startDatabase = async (): Promise<{ database?: TestPostgres; outcome?: Outcome }> => {
  const logFile = join(reportsDir, 'postgres.log')
  rmSync(logFile, { force: true })
  await writeOut('\n=== postgres: one for all tests of this run\n')
  try {
    return { database: await startTestPostgres(logFile) }
  } catch (error) {
    await writeOut(`${error instanceof Error ? error.stack : error}\n`)
    return { outcome: failedOutcome('postgres', `the Postgres of the tests did not start, see ${logFile}`) }
  }
}

const failedOutcome = (name: string, fault: string): Outcome => ({
  name,
  report: { passed: 0, failed: 1, skipped: 0, faults: [fault] },
  seconds: 0,
  failedTests: [],
})

const canStillRun = () => !interruption.signal.aborted && leftMs() > 0

const runStep = async (step: Step, env: Record<string, string | undefined>): Promise<Outcome> => {
  if (!canStillRun()) {
    const reason = interruption.signal.aborted ? 'interrupted' : `the run is past its ${inMinutes(totalLimitMs)}`
    return failedOutcome(step.name, `not run: ${reason}`)
  }
  const fromMs = performance.now()
  const isShortened = leftMs() < step.limitMs
  const bounds = {
    env,
    limitMs: Math.min(step.limitMs, leftMs()),
    limitName: isShortened
      ? `the limit of ${inMinutes(totalLimitMs)} for the whole run`
      : `the limit of ${inMinutes(step.limitMs)} for ${step.name}`,
    mark: `${process.pid}:${step.name}`,
    signal: interruption.signal,
  }
  const { report, failedTests } = await (step.kind === 'command' ? runCommand(step, bounds) : runTests(step, bounds))
  const seconds = (performance.now() - fromMs) / 1000
  for (const fault of report.faults) await writeOut(`${step.name}: ${fault}\n`)
  return { name: step.name, report, seconds, failedTests }
}

type StepBounds = Parameters<typeof runBounded>[1]
type StepResult = { report: Report; failedTests: string[] }

const runCommand = async (step: CommandStep, bounds: StepBounds): Promise<StepResult> => {
  await writeOut(`\n=== ${step.name}: bun ${step.command.join(' ')}\n`)
  const run = await runBounded([process.execPath, ...step.command], bounds)
  const isPassed = run.exitCode === 0 && !run.stopped
  const faults = isPassed ? [] : [run.stopped ?? `ended with ${run.exitCode}`]
  return { report: { ...noSums, passed: isPassed ? 1 : 0, failed: isPassed ? 0 : 1, faults }, failedTests: [] }
}

const runTests = async (step: TestStep, bounds: StepBounds): Promise<StepResult> => {
  const files = testFilesUnder(step.roots)
  await writeOut(`\n=== ${step.name}: bun test, ${files.length} files\n`)
  if (files.length === 0) {
    return {
      report: { ...noSums, failed: 1, faults: [`no *.test.ts under ${step.roots.join(', ')}`] },
      failedTests: [],
    }
  }
  const junitFile = join(reportsDir, `${step.name}.xml`)
  rmSync(junitFile, { force: true })
  let seen: Sums = noSums
  // A set: when many have failed, bun names them all once more before it closes.
  const failedTests = new Set<string>()
  const onLine = (line: string) => {
    const { sums, failedTest } = readResultLine(line)
    seen = addSums(seen, sums)
    if (failedTest && failedTests.size < failedNamesMax) failedTests.add(failedTest)
  }
  const run = await runBounded([process.execPath, ...bunTestArguments(step, junitFile, files)], {
    ...bounds,
    env: { ...bounds.env, ...step.environment },
    onLine,
  })
  const junit = existsSync(junitFile) ? readFileSync(junitFile, 'utf8') : null
  return { report: readReport({ ...run, junit, files, seen }), failedTests: [...failedTests] }
}

/** The time limit of a test is given here because bun ignores the one in bunfig.toml. */
const bunTestArguments = (step: TestStep, junitFile: string, files: string[]) => [
  '--no-env-file',
  'test',
  '--no-orphans',
  step.workers > 1 ? `--parallel=${step.workers}` : '--isolate',
  `--timeout=${step.testTimeoutMs}`,
  '--reporter=junit',
  `--reporter-outfile=${junitFile}`,
  // With `./` in front: bun takes any other argument for a part of a name, and would run more than is meant.
  ...files.map((file) => `./${file}`),
]

const testFilesUnder = (roots: string[]): string[] =>
  roots
    .filter((root) => existsSync(root))
    .flatMap((root) => {
      if (statSync(root).isFile()) return [root]
      return [...new Bun.Glob('**/*.test.{ts,tsx}').scanSync(root)].sort().map((file) => join(root, file))
    })

const closeWith = async (outcomes: Outcome[]): Promise<number> => {
  const sums = outcomes.map((outcome) => outcome.report).reduce<Sums>(addSums, noSums)
  const lines = outcomes.map(({ name, report, seconds }) => {
    const faults = report.faults.map((fault) => `; ${fault}`).join('')
    return `  ${name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s   ${sumsLine(report)}${faults}`
  })
  const names = outcomes.flatMap(({ name, failedTests }) => failedTests.map((test) => `  ${name}: ${test}`))
  if (names.length > 0) lines.push('', 'Failed:', ...names)
  const ranCount = sums.passed + sums.failed
  if (ranCount === 0) lines.push('', 'Nothing ran: that is a failure too.')
  await writeOut(
    `\n=== all, in ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n${lines.join('\n')}\n\n${sumsLine(sums)}\n`,
  )
  if (interruption.signal.aborted) return interruptedExitCode
  return sums.failed > 0 || ranCount === 0 ? 1 : 0
}

const inMinutes = (ms: number) => `${Number((ms / 60_000).toFixed(1))} min`

/** The first request to stop ends the running step and tidies up; a second one does not wait for that. */
const interrupt = () => {
  if (interruption.signal.aborted) process.exit(interruptedExitCode)
  interruption.abort()
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt)

/** `bun run test` that is killed outright cannot pass that on: we would run on alone, unread. */
const parent = process.ppid
if (process.env.npm_lifecycle_event) {
  setInterval(() => process.ppid !== parent && !interruption.signal.aborted && interrupt(), parentPollMs).unref()
}

process.exit(await main())
