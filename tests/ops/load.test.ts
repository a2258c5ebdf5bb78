/** Each load test is run for a moment against a real server with the demo city: every request and check of it is proven. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '#core/database'
import { migrate } from '#core/migrations'
import { seedDemoCity } from '#demo/seed'
import { type ChaosPostgres, chaosFolder, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, type Server, spawnScript, startServer } from '../support/chaos-server'

const folder = chaosFolder('load')
const scripts = readdirSync('tests/load')
  .filter((file) => file.endsWith('.js'))
  .map((file) => file.slice(0, -'.js'.length))

let postgres: ChaosPostgres
let server: Server

beforeAll(async () => {
  postgres = await startChaosPostgres('load-postgres')
  await migrate(postgres.url)
  const sql = connect({ url: postgres.url, poolMax: 1, statementTimeoutMs: 60_000, lockTimeoutMs: 5_000 })
  await seedDemoCity(sql, new Date())
  // Open at any hour, so that the test does not depend on when it is run.
  await sql`update chefs set hours = null`
  await sql.end({ timeout: 5 })
  server = await startServer({ databaseUrl: postgres.url })
  await server.ready()
})

afterAll(async () => {
  await endServers()
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const run = async (script: string, ...args: string[]) => {
  const child = spawnScript(['tests/load/runner/run.ts', script, '--url', server.base, '--out', folder, ...args], {})
  const exit = await child.exited(90)
  return { exit, output: child.output() }
}

/** Thresholds on time are for a machine of their own; what is asserted here is that everything was asked and answered. */
const verdictsOf = (output: string) =>
  output
    .split('\n')
    .filter((line) => /^(kept|NOT KEPT) /.test(line))
    .filter((line) => !/ p\(|_duration/.test(line))

test('there are the scripts that the guide names', () => {
  expect(scripts.sort()).toEqual(
    ['api-full-scenario', 'api-health-check', 'breakpoint', 'dispatch', 'realtime', 'soak', 'spike'].sort(),
  )
})

test.each(['api-health-check', 'api-full-scenario', 'realtime', 'spike', 'soak', 'breakpoint'])(
  '%s asks what it should, and every check passes',
  async (script) => {
    const { exit, output } = await run(script, '--iterations', '4', '--vus', '2')
    expect([0, 99]).toContain(exit as number)
    expect(output).not.toContain('check failed')
    expect(output).not.toContain('never measured')
    const verdicts = verdictsOf(output)
    expect(verdicts.length).toBeGreaterThan(0)
    expect(verdicts.filter((line) => line.startsWith('NOT KEPT'))).toEqual([])
    expect(await Bun.file(join(folder, `${script}.svg`)).text()).toContain('<polyline')
  },
)

test('dispatch: in a tenth of its time orders are cooked, assigned and delivered', async () => {
  const { output } = await run('dispatch', '--scale', '0.1')
  expect(output).toMatch(/orders_delivered: [1-9]/)
  expect(output).toMatch(/accepted_to_assigned +[1-9]/)
  expect(verdictsOf(output).filter((line) => line.startsWith('NOT KEPT'))).toEqual([])
})

test('a server that does not answer fails the run', async () => {
  const child = spawnScript(
    [
      'tests/load/runner/run.ts',
      'api-health-check',
      '--url',
      'http://127.0.0.1:1',
      '--iterations',
      '2',
      '--out',
      folder,
    ],
    {},
  )
  expect(await child.exited(60)).toBe(99)
  expect(child.output()).toContain('NOT KEPT  http_req_failed rate<0.001: 1.000')
})
