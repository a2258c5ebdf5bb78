/** `bun run bench`: every benchmark, one after the other, each a process of its own. Options are handed on. */
import { join } from 'node:path'

const BENCHES = ['http', 'routing', 'dispatch']

let failedCount = 0
for (const bench of BENCHES) {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, `${bench}.ts`), ...process.argv.slice(2)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  // The benchmark tidies up; we only wait for it.
  const onSignal = (signal: NodeJS.Signals) => child.kill(signal)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  if ((await child.exited) !== 0) failedCount++
}
process.exit(failedCount > 0 ? 1 : 0)
