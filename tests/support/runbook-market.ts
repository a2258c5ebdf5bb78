/** A small market in trouble, for the commands of the runbooks: a server with its secrets in files, and orders that are stuck. */
import { mkdirSync, openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { newId } from '#core/ids'
import { type Ask, ask } from './chaos-client'
import { type Cook, orderOf, type Person, settleTown, type Town } from './chaos-people'
import { type ChaosSql, chaosFolder, openSql } from './chaos-postgres'
import { freePort, jwtKeys, repository, until } from './chaos-server'
import { type DebianPostgres, startDebianPostgres } from './debian-postgres'

const DATABASE = 'ridendine'
const ADMIN = { email: 'nora@example.com', password: 'A long password 1' }

export type TroubledMarket = Awaited<ReturnType<typeof startTroubledMarket>>

export const startTroubledMarket = async () => {
  const folder = chaosFolder('runbooks-files')
  const secrets = join(folder, 'secrets')
  mkdirSync(secrets, { recursive: true })
  // One that has a pg_dump of its own version.
  const postgres = await startDebianPostgres()
  await makeRoles(postgres)
  const url = urlOf(postgres, 'postgres')
  const port = await freePort()
  const settings: Record<string, string> = {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: String(port),
    DISPATCH_ROUND_MS: '500',
    SECRETS_REREAD_MS: '200',
    RIDENDINE_TEST_STEP: process.env.RIDENDINE_TEST_STEP ?? '',
  }
  const written: Record<string, string> = {
    DATABASE_URL: urlOf(postgres, 'ridendine_a', 'first-of-a'),
    JWT_KEYS: jwtKeys,
    STRIPE_WEBHOOK_SECRET: 'whsec_first',
    SECRETS_MADE_AT: JSON.stringify({ DATABASE_URL: '2026-01-01' }),
  }
  for (const [name, value] of Object.entries(written)) {
    await Bun.write(join(secrets, name), value)
    settings[`${name}_FILE`] = join(secrets, name)
  }
  const serverEnv = join(folder, 'server.env')
  await Bun.write(
    serverEnv,
    `${Object.entries(settings)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n')}\n`,
  )
  const serverLog = join(folder, 'server.log')
  const base = `http://127.0.0.1:${port}`
  const log = openSync(serverLog, 'a')
  const server = Bun.spawn([process.execPath, '--no-env-file', '--no-orphans', 'src/main.ts'], {
    cwd: repository,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...settings },
    stdin: 'ignore',
    stdout: log,
    stderr: log,
  })
  const isReady = () => ask(base, 'GET', '/health/ready', { timeoutMs: 2_000 }).then(({ status }) => status === 200)
  await until('the server is ready', isReady, 30)
  const sql = openSql(url)
  const town = await settleTown(sql, { customers: 3, cooks: 1, couriers: 3 })
  await makeAdmin(sql)
  return {
    folder,
    sql,
    town,
    base,
    serverPid: server.pid,
    order: (customer: Person, cook: Cook) =>
      ask(base, 'POST', '/orders', { token: customer.token, key: newId(), body: orderOf(cook) }),
    /** What the terminal of an operator of it is given. */
    environment: {
      HOME: process.env.HOME,
      LANG: 'C.UTF-8',
      BASE_URL: base,
      DISPATCH_URL: base,
      PROCESS_URL: base,
      DATABASE_URL: url,
      ADMIN_EMAIL: ADMIN.email,
      ADMIN_PASSWORD: ADMIN.password,
      SECRETS: secrets,
      BACKUP_DIR: join(folder, 'backups'),
      SERVER_ENV: serverEnv,
      SERVER_LOG: serverLog,
      SERVER_PID: String(server.pid),
    },
    stop: async () => {
      await sql.end({ timeout: 1 }).catch(() => {})
      server.kill('SIGKILL')
      await server.exited
      await postgres.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const urlOf = (postgres: DebianPostgres, role: string, password?: string) => {
  const url = new URL(postgres.urlOf(DATABASE))
  if (password) [url.username, url.password] = [role, password]
  return url.href
}

/** As deploy/secrets/README.md makes them. */
const makeRoles = async (postgres: DebianPostgres) => {
  const sql = openSql(postgres.urlOf('postgres'))
  await sql.unsafe('create role ridendine nologin')
  for (const role of ['ridendine_a', 'ridendine_b']) {
    await sql.unsafe(`create role ${role} login password 'first-of-${role.at(-1)}' in role ridendine`)
    await sql.unsafe(`alter role ${role} set role ridendine`)
  }
  await sql.unsafe(`create database ${DATABASE} owner ridendine`)
  await sql.end({ timeout: 5 })
}

const makeAdmin = async (sql: ChaosSql) => {
  const hash = await Bun.password.hash(ADMIN.password, { algorithm: 'argon2id', memoryCost: 64, timeCost: 1 })
  await sql`
    insert into users (id, email, password_hash, first_name, last_name, role, created_at)
    values (${newId()}, ${ADMIN.email}, ${hash}, 'Nora', 'Test', 'admin', now())`
}

const STEPS = ['accept', 'preparing', 'ready'] as const

/** How far an order came. On the road: a courier has picked it up. */
type Reached = 'paid' | (typeof STEPS)[number] | 'road'

/** An order of a customer, as far as it came; `minutes` is how long ago all of that was. */
export const makeOrder = async (market: TroubledMarket, customer: number, reached: Reached, minutes: number) => {
  const { base, town } = market
  const cook = town.cooks[0]!
  const { token } = town.customers[customer]!
  const key = newId()
  const placed = await must(base, 'POST', '/orders', { token, key, body: orderOf(cook) }, 201)
  const intent = await must(base, 'POST', `/orders/${placed.id}/create-payment-intent`, { token, key: `${key}-intent` })
  const confirm = `/payments/simulated/${intent.paymentIntentId}/confirm`
  await must(base, 'POST', confirm, { token, key: `${key}-confirm` })
  if (reached !== 'paid') await cookIt(base, cook, placed.id, reached === 'road' ? 'ready' : reached)
  if (reached === 'road') await pickUp(base, town, placed.id)
  await age(market, placed.id, minutes)
  return placed.id as string
}

const cookIt = async (base: string, { token }: Cook, orderId: string, until: (typeof STEPS)[number]) => {
  for (const step of STEPS.slice(0, STEPS.indexOf(until) + 1)) {
    await must(base, 'PATCH', `/orders/${orderId}/${step}`, {
      token,
      body: step === 'accept' ? { prepMinutes: 1 } : {},
    })
  }
}

let onTheRoad = 0

const pickUp = async (base: string, { admin, couriers }: Town, orderId: string) => {
  const { driverId, token } = couriers[onTheRoad++]!
  await must(base, 'POST', '/dispatch/assign', { token: admin.token, body: { orderId, driverId } })
  await must(base, 'PATCH', `/orders/${orderId}/pickup`, { token, body: {} })
}

/** Time passes for an order, and not for the clock: all it remembers is that much longer ago. Its deadline stays ahead. */
const age = async ({ sql }: TroubledMarket, orderId: string, minutes: number) => {
  const ago = `${minutes} minutes`
  await sql`
    update orders set created_at = created_at - ${ago}::interval, paid_at = paid_at - ${ago}::interval,
      accepted_at = accepted_at - ${ago}::interval, ready_at = ready_at - ${ago}::interval,
      picked_up_at = picked_up_at - ${ago}::interval, promise_p90_at = promise_p90_at - ${ago}::interval,
      deadline_at = case when deadline_at is not null then now() + interval '1 hour' end
    where id = ${orderId}`
  await sql`update order_events set at = at - ${ago}::interval where order_id = ${orderId}`
  await sql`update deliveries set created_at = created_at - ${ago}::interval where order_id = ${orderId}`
}

const must = async (base: string, method: string, path: string, options: Ask, status = 200) => {
  const answer = await ask(base, method, path, options)
  if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  return answer.body
}
