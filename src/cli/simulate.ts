/**
 * `bun run simulate`: virtual customers, kitchens and drivers live a day against a running server, over its public HTTP
 * and WebSocket API only. It is the demo, the load test and, with --expect-outages, the crash test.
 */
import { writeFileSync } from 'node:fs'
import { demoCity, readNetwork } from '../demo/city.ts'
import { seededRandom } from '../demo/random.ts'
import { SignInFailed } from './simulate/account.ts'
import { liveOn } from './simulate/demo.ts'
import { HELP, type Options, parseOptions, UsageError } from './simulate/options.ts'
import { printReport } from './simulate/print.ts'
import { isSound } from './simulate/report.ts'
import { simulateDay } from './simulate/run.ts'
import { CannotBegin } from './simulate/staff.ts'
import { Stopped } from './simulate/stop.ts'
import { createWorld, type World } from './simulate/world.ts'

const USAGE_EXIT_CODE = 2

const main = async () => {
  const options = parseOptions(process.argv.slice(2))
  if (options === 'help') return console.log(HELP)
  if (options.demo) await runDemo(options)
  else await runDay(options)
}

const runDay = async (options: Options) => {
  const world = createWorld(options, await readCity(), seededRandom, once(console.error))
  onSignals((signal) => world.stop.raise(signal))
  console.log(
    `A simulated day of ${options.orders} orders at ${options.url}: seed ${options.seed}, speed ${options.speed}, run ${world.run}`,
  )
  const report = await simulateDay(world, process.stdout)
  console.log(`\n${printReport(report)}`)
  if (options.json) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`)
  process.exit(isSound(report) ? 0 : 1)
}

const runDemo = async (options: Options) => {
  const city = await readCity()
  // The street network is large, and only addresses are kept of it.
  Bun.gc(true)
  const log = once((line) => console.log(line))
  let world: World | undefined
  let isOver = false
  onSignals((signal) => {
    isOver = true
    world?.stop.raise(signal)
  })
  process.on('unhandledRejection', (error) => log(`the demo goes on after ${error}`))
  console.log(`Virtual people order, cook and drive at ${options.url} until they are stopped.`)
  await liveOn(
    () => (world = createWorld(options, city, seededRandom, log)),
    () => isOver,
  )
  process.exit(0)
}

const readCity = async () => demoCity(await readNetwork())

const LINES_MAX = 200

/** Each line once, and only so many: a demo that fails for a night must not fill the disk. */
const once = (write: (line: string) => void) => {
  const said = new Set<string>()
  return (line: string) => {
    if (said.has(line) || said.size >= LINES_MAX) return
    said.add(line)
    write(line)
  }
}

/** The first signal stops cleanly, the second at once. */
const onSignals = (stop: (signal: string) => void) => {
  let count = 0
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (++count > 1) process.exit(1)
      stop(signal)
    })
  }
}

main().catch((error: unknown) => {
  if (error instanceof UsageError) {
    console.error(`${error.message}\nbun run simulate --help tells all options.`)
    process.exit(USAGE_EXIT_CODE)
  }
  if (error instanceof Stopped) process.exit(1)
  console.error(error instanceof CannotBegin || error instanceof SignInFailed ? error.message : error)
  process.exit(1)
})
