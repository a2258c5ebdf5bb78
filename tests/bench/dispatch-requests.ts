/**
 * `bun tests/bench/dispatch-requests.ts [--orders N] [--drivers N] [--seconds N]`: how long requests take while rounds plan many open
 * orders, beside how long they take while there is nothing to plan. One server with its own Postgres. A benchmark, never a test.
 */
import { parseArgs } from 'node:util'
import { diceOf } from '#modules/dispatch/engine/chance'
import { quantile } from '#modules/dispatch/replay/measures'
import { ask } from '#support/chaos-client'
import { courier, orderOf, settleTown } from '#support/chaos-people'
import { openSql, startChaosPostgres } from '#support/chaos-postgres'
import { endServers, startServer } from '#support/chaos-server'

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '500' },
    drivers: { type: 'string', default: '500' },
    seconds: { type: 'string', default: '20' },
  },
})

const KITCHENS = 50
const AT_ONCE = 16
const PER_SECOND = 100
const ROUND_MS = 2_000
/** All of them wait for a later round, again and again. */
const PLANNED = {
  dispatchLeadSeconds: 7_200,
  offerLeadSeconds: 0,
  dispatchRadiusMeters: 20_000,
  fixAgeSecondsMax: 3_600,
}
const NOTHING_DUE = { ...PLANNED, dispatchLeadSeconds: 0 }

const dice = diceOf(11)
const near = ({ lat, lng }: { lat: number; lng: number }, reach: number) => ({
  lat: lat + reach * (dice() - 0.5),
  lng: lng + 2 * reach * (dice() - 0.5),
})
const CENTER = { lat: 57.7, lng: 11.98 }
const anywhere = () => near(CENTER, 0.1)

const each = async (count: number, run: (index: number) => Promise<unknown>) => {
  let next = 0
  const work = async () => {
    while (next < count) await run(next++)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
}

const postgres = await startChaosPostgres('requests')
const server = await startServer({
  databaseUrl: postgres.url,
  environment: { DISPATCH_ROUND_MS: String(ROUND_MS), LOG_LEVEL: 'warn' },
})
await server.ready()
const sql = openSql(postgres.url)

const must = async (method: string, path: string, options: Parameters<typeof ask>[3]) => {
  const answer = await ask(server.base, method, path, options)
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}

const fill = async () => {
  const town = await settleTown(sql, { customers: 20, cooks: KITCHENS, settings: NOTHING_DUE })
  const places = new Map<string, { lat: number; lng: number }>()
  for (const { chefId } of town.cooks) {
    const { lat, lng } = anywhere()
    places.set(chefId, { lat, lng })
    await sql`update chefs set location = point(${lng}, ${lat}) where id = ${chefId}`
  }
  await each(Number(values.drivers), async () => {
    const { token } = await courier(sql)
    await must('POST', '/drivers/location', { token, body: anywhere() })
  })
  await each(Number(values.orders), async (index) => {
    const [nora, mai] = [town.customers[index % town.customers.length]!, town.cooks[index % KITCHENS]!]
    const body = orderOf(mai)
    const deliveryAddress = { ...body.deliveryAddress, coordinates: near(places.get(mai.chefId)!, 0.03) }
    const { id } = await must('POST', '/orders', { token: nora.token, body: { ...body, deliveryAddress } })
    const intent = await must('POST', `/orders/${id}/create-payment-intent`, { token: nora.token })
    await must('POST', `/payments/simulated/${intent.paymentIntentId}/confirm`, { token: nora.token })
    await must('PATCH', `/orders/${id}/accept`, { token: mai.token, body: { prepMinutes: 90 } })
  })
}

const probe = async () => {
  const url = `${server.base}/chefs?lat=57.7&lng=11.97&limit=3`
  const run = Bun.spawn([process.execPath, 'tests/bench/latency-probe.ts', url, values.seconds!, String(PER_SECOND)])
  const { latencies, failedCount } = JSON.parse(await new Response(run.stdout).text()) as {
    latencies: number[]
    failedCount: number
  }
  if (failedCount > 0) throw new Error(`${failedCount} requests failed`)
  const at = (share: number) => quantile(latencies, share).toFixed(1)
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: Math.max(...latencies).toFixed(1) }
}

/** Sums and counts of a histogram, so far. */
const histogramOf = async (name: string) => {
  const { body } = await ask(server.base, 'GET', '/metrics')
  const read = (part: string) => Number(new RegExp(`^ridendine_${name}_${part} ([\\d.e-]+)`, 'm').exec(body)?.[1] ?? 0)
  return { sum: read('sum'), count: read('count') }
}

const meanMs = async (name: string, before: { sum: number; count: number }) => {
  const { sum, count } = await histogramOf(name)
  return `${count - before.count} rounds of ${((1000 * (sum - before.sum)) / Math.max(1, count - before.count)).toFixed(0)} ms`
}

try {
  await fill()
  const quiet = await probe()
  await sql`update zones set settings = ${sql.json(PLANNED)}`
  await Bun.sleep(2 * ROUND_MS)
  const [plans, rounds] = [await histogramOf('dispatch_plan_seconds'), await histogramOf('dispatch_round_seconds')]
  const planning = await probe()
  console.log(
    `${values.orders} open orders, ${values.drivers} drivers, ${KITCHENS} kitchens, a round every ${ROUND_MS} ms`,
  )
  console.log('while nothing is planned, ms', quiet)
  console.log('while rounds plan, ms       ', planning)
  console.log(
    `whole: ${await meanMs('dispatch_round_seconds', rounds)}; planned: ${await meanMs('dispatch_plan_seconds', plans)}`,
  )
} finally {
  await endServers()
  await sql.end({ timeout: 1 })
  await postgres.stop()
}
