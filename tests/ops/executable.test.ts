/** The executable has its threads in it: other speeds come to its roads, and rounds are planned, as in the repository. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sideKeys, tileOfSide } from '#modules/routing/speeds/side-keys'
import { ask } from '../support/chaos-client'
import { orderOf, settleTown } from '../support/chaos-people'
import { openSql } from '../support/chaos-postgres'
import { freePort, jwtKeys, spawnScript, until } from '../support/chaos-server'
import { freshDatabase } from '../support/database'
import { EAST_END, isMain, speedTownRoads, townRouter, WEST_END } from '../support/speed-town'

mkdirSync(resolve('.data'), { recursive: true })
const folder = mkdtempSync(resolve('.data', 'executable-'))
const executable = join(folder, 'ridendine')
const roads = speedTownRoads()
let store: Awaited<ReturnType<typeof freshDatabase>>

beforeAll(async () => {
  store = await freshDatabase()
  expect(await spawnScript(['src/cli/build.ts', '--outfile', executable], {}).exited(120)).toBe(0)
}, 130_000)
afterAll(async () => {
  await store.drop()
  rmSync(folder, { recursive: true })
  rmSync(roads)
})

/** Twenty cars took four seconds for what the map thinks takes one. */
const makeMainSlow = async (path: string) => {
  const { graph } = townRouter(path)
  const sql = openSql(store.url)
  for (const [side, key] of sideKeys(graph).entries()) {
    if (!isMain(graph, side)) continue
    const meters = (graph.roadLength[side >> 1]! / 100) * 20
    await sql`
      insert into road_speeds (profile, tile, bucket, side, meters, seconds, trips, observed_at)
      values ('car', ${tileOfSide(graph, side)}, -1, ${key}, ${meters}, ${meters / 3.5}, 20, now())`
  }
  await sql.end({ timeout: 1 })
}

/** An order that wants a driver: a round has to plan it. */
const order = async (base: string) => {
  const sql = openSql(store.url)
  const town = await settleTown(sql, { customers: 1, cooks: 1, settings: { dispatchPolicy: 'optimiser' } })
  const [nora, mai] = [town.customers[0]!, town.cooks[0]!]
  const placed = await ask(base, 'POST', '/orders', { token: nora.token, key: 'one', body: orderOf(mai) })
  const { id } = placed.body
  const intent = await ask(base, 'POST', `/orders/${id}/create-payment-intent`, { token: nora.token, key: 'two' })
  const confirmation = `/payments/simulated/${intent.body.paymentIntentId}/confirm`
  await ask(base, 'POST', confirmation, { token: nora.token, key: 'three' })
  await ask(base, 'PATCH', `/orders/${id}/accept`, { token: mai.token, body: { prepMinutes: 5 } })
  const decided = () => sql<{ policy: string }[]>`select policy from dispatch_decisions where order_id = ${id}`
  await until('a round has planned it', async () => (await decided()).length > 0, 30)
  const [decision] = await decided()
  await sql.end({ timeout: 1 })
  return decision!.policy
}

test('roads in the executable have the speeds that were seen, worked out beside the requests', async () => {
  await makeMainSlow(roads)
  const port = await freePort()
  const server = Bun.spawn([executable], {
    cwd: '/',
    env: {
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: store.url,
      JWT_KEYS: jwtKeys,
      ROADS: roads,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [from, to] = [WEST_END, EAST_END].map(({ lat, lng }) => `${lng},${lat}`)
  const distance = async () => {
    const url = `/routing/route/v1/driving/${from};${to}?overview=false`
    const { body } = await ask(`http://127.0.0.1:${port}`, 'GET', url)
    return (body as { routes?: { distance: number }[] })?.routes?.[0]?.distance ?? 0
  }
  try {
    await until('the way around is the best', async () => (await distance()) > 1_400, 30)
    expect(await order(`http://127.0.0.1:${port}`)).toBe('optimiser')
  } finally {
    server.kill('SIGTERM')
  }
  expect(await server.exited).toBe(0)
  const said = `${await server.stdout.text()}${await server.stderr.text()}`
  expect(said).toContain('roads have other speeds')
  expect(said).not.toMatch(/thread of (speeds|plans)|could not be planned/)
})
