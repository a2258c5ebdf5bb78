/**
 * Asks a URL at a fixed pace, whether or not the last answer has come, and prints how long each took from when it was
 * due. Waiting for answers first would leave out exactly the moments in which the server stood still (coordinated
 * omission). A process of its own: what the benchmark does besides must not delay its clock.
 *
 * bun latency-probe.ts URL SECONDS PER_SECOND
 */
const [url, seconds, perSecond] = process.argv.slice(2) as [string, string, string]

const everyMs = 1000 / Number(perSecond)
const count = Number(seconds) * Number(perSecond)
const WARM_UP = 50

const latencies: number[] = []
let failedCount = 0

const ask = async (dueMs: number) => {
  try {
    const answer = await fetch(url)
    await answer.arrayBuffer()
    if (answer.status !== 200) failedCount++
  } catch {
    failedCount++
  }
  latencies.push(performance.now() - dueMs)
}

for (let i = 0; i < WARM_UP; i++) await ask(performance.now())
latencies.length = 0

const startMs = performance.now()
const asked: Promise<void>[] = []
for (let i = 0; i < count; ) {
  while (i < count && startMs + i * everyMs <= performance.now()) asked.push(ask(startMs + i++ * everyMs))
  await Bun.sleep(1)
}
await Promise.all(asked)
console.log(JSON.stringify({ latencies, failedCount }))
