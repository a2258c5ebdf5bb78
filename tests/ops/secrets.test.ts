/** Secrets are changed under load, as docs/runbooks/secret-rotation.md says, and no request fails. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Stripe from 'stripe'
import { type Answer, ask, sumUp, tell } from '../support/chaos-client'
import { startLoad } from '../support/chaos-load'
import { settleTown, type Town } from '../support/chaos-people'
import { type ChaosPostgres, type ChaosSql, chaosFolder, openSql, startChaosPostgres } from '../support/chaos-postgres'
import { endServers, jwtKeys, type Server, spawnScript, startServer, until } from '../support/chaos-server'

const folder = chaosFolder('secrets')
const oldPasswords = { ridendine_a: 'first-of-a', ridendine_b: 'first-of-b' }
const webhookSecrets = { old: 'whsec_old', fresh: 'whsec_fresh' }

let postgres: ChaosPostgres
let admin: ChaosSql
let servers: Server[]
let town: Town
let nextServer = 0

const fileOf = (name: string) => join(folder, name)

/** As a rotation does it: a reader finds the old text or the new one. */
const put = async (name: string, text: string) => {
  await Bun.write(`${fileOf(name)}.new`, text)
  renameSync(`${fileOf(name)}.new`, fileOf(name))
}

const urlOf = (role: string, password: string) => {
  const url = new URL(postgres.url)
  url.username = role
  url.password = password
  url.pathname = '/ridendine_rotation'
  return url.href
}

beforeAll(async () => {
  mkdirSync(folder, { recursive: true })
  postgres = await startChaosPostgres('rotation')
  admin = openSql(postgres.url)
  // One role owns everything and nobody signs in as it; two others act as it, so that one can be changed at a time.
  await admin.unsafe('create role ridendine nologin')
  for (const [role, password] of Object.entries(oldPasswords)) {
    await admin.unsafe(`create role ${role} login password '${password}' in role ridendine`)
    await admin.unsafe(`alter role ${role} set role ridendine`)
  }
  await admin.unsafe('create database ridendine_rotation owner ridendine')
  await put('database', urlOf('ridendine_a', oldPasswords.ridendine_a))
  await put('jwt', jwtKeys)
  await put('webhook', webhookSecrets.old)
  const environment = {
    DATABASE_URL_FILE: fileOf('database'),
    JWT_KEYS: undefined,
    JWT_KEYS_FILE: fileOf('jwt'),
    STRIPE_WEBHOOK_SECRET_FILE: fileOf('webhook'),
    SECRETS_REREAD_MS: '200',
  }
  servers = [await startServer({ environment }), await startServer({ environment })]
  for (const server of servers) await server.ready()
  const sql = openSql(urlOf('ridendine_a', oldPasswords.ridendine_a))
  town = await settleTown(sql, { customers: 4, cooks: 2, couriers: 0 })
  await sql.end({ timeout: 5 })
})

afterAll(async () => {
  await endServers()
  await admin?.end({ timeout: 1 })
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const anyServer = () => servers[nextServer++ % servers.length]!.base

/** Every server says that it follows, so many times. */
const followed = (secret: string, times: number) =>
  until(
    `all follow ${secret}`,
    async () => {
      const texts = await Promise.all(servers.map(({ base }) => ask(base, 'GET', '/metrics')))
      const line = `ridendine_secret_changes_total{secret="${secret}",outcome="followed"} ${times}`
      return texts.every(({ body }) => String(body).includes(line))
    },
    20,
  )

const failures = (answers: readonly Answer[]) =>
  answers
    .filter(({ status }) => status === 0 || status === 401 || status >= 500)
    .map(({ method, path, status, body }) => ({ method, path, status, body }))

test('the database role is changed under load: new connections are of the new role, and no request fails', async () => {
  const load = startLoad(town, anyServer, { until: 'ready' })
  await until('some orders', () => load.orders.size >= 10, 20)
  await admin.unsafe(`alter role ridendine_b password 'second-of-b'`)
  await put('database', urlOf('ridendine_b', 'second-of-b'))
  await followed('DATABASE_URL', 1)
  const before = load.orders.size
  await until('orders go on', () => load.orders.size >= before + 10, 20)
  const rolesOf = async () =>
    (
      await admin<{ usename: string }[]>`
      select distinct usename from pg_stat_activity
      where datname = 'ridendine_rotation' and application_name = 'ridendine'`
    ).map(({ usename }) => usename)
  await until('the old role has left', async () => !(await rolesOf()).includes('ridendine_a'), 40)
  await admin.unsafe('alter role ridendine_a nologin')
  const afterwards = load.orders.size
  await until('orders still go on', () => load.orders.size >= afterwards + 10, 20)
  await load.stop()
  tell('database role changed', sumUp(load.answers))
  expect(await rolesOf()).toEqual(['ridendine_b'])
  expect(failures(load.answers)).toEqual([])
  expect(load.refused).toEqual([])
})

test('a database password that does not work changes nothing, is said, and is followed once it does', async () => {
  await put('database', urlOf('ridendine_b', 'not-this-one'))
  await until('it is said', () => servers.every((server) => server.output().includes('does not work yet')), 10)
  expect((await ask(anyServer(), 'GET', '/health/ready')).status).toBe(200)
  await put('database', 'mysql://nothing')
  await until('it is said', () => servers.every((server) => server.output().includes('secrets cannot be read')), 10)
  for (const server of servers) {
    expect((await ask(server.base, 'GET', '/chefs?lat=57.7&lng=11.97')).status).toBe(200)
    expect(server.output()).not.toContain('not-this-one')
    expect(server.output()).not.toContain('second-of-b')
  }
  await put('database', urlOf('ridendine_b', 'second-of-b'))
  await followed('DATABASE_URL', 2)
})

test('the signing key is changed under load: nobody is signed out, whichever server asks', async () => {
  const person = {
    email: 'rosa@example.com',
    password: 'A long password 1',
    firstName: 'Rosa',
    lastName: 'Test',
    role: 'customer',
  }
  const registered = await ask(anyServer(), 'POST', '/auth/register', { body: person })
  expect(registered.status).toBe(201)
  let { accessToken, refreshToken } = registered.body
  const answers: Answer[] = []
  let isOver = false
  const session = (async () => {
    while (!isOver) {
      const refreshed = await ask(anyServer(), 'POST', '/auth/refresh', { body: { refreshToken } })
      answers.push(refreshed)
      if (refreshed.status === 200) ({ accessToken, refreshToken } = refreshed.body)
      for (const { base } of servers) answers.push(await ask(base, 'GET', '/users/me', { token: accessToken }))
    }
  })()
  const load = startLoad(town, anyServer, { until: 'ready' })
  const kids = () => JSON.parse(Buffer.from(accessToken.split('.')[0]!, 'base64url').toString()).kid as string
  const oldKid = kids()
  const step = async (name: string) => {
    const child = spawnScript(['src/cli/secrets.ts', 'jwt', name, fileOf('jwt')], {})
    expect(await child.exited()).toBe(0)
  }
  await step('add')
  await followed('JWT_KEYS', 1)
  expect(kids()).toBe(oldKid)
  await step('use')
  await followed('JWT_KEYS', 2)
  const count = answers.length
  await until('sessions go on', () => answers.length > count + 20, 20)
  expect(kids()).not.toBe(oldKid)
  isOver = true
  await session
  await load.stop()
  tell('signing key changed', sumUp([...answers, ...load.answers]))
  expect(failures([...answers, ...load.answers])).toEqual([])
  expect(load.refused).toEqual([])

  await step('drop')
  await followed('JWT_KEYS', 3)
  for (const { base } of servers) {
    expect((await ask(base, 'GET', '/users/me', { token: accessToken })).status).toBe(200)
    expect((await ask(base, 'GET', '/users/me', { token: town.admin.token })).status).toBe(401)
  }
})

test('the webhook secret is changed while webhooks come: none is refused', async () => {
  const answers: Answer[] = []
  let isOver = false
  let secret = webhookSecrets.old
  const sender = (async () => {
    for (let count = 0; !isOver; count++) {
      const payload = JSON.stringify({ id: `evt_${count}`, object: 'event', type: 'charge.updated' })
      const signature = await Stripe.webhooks.generateTestHeaderStringAsync({ payload, secret })
      const response = await fetch(`${anyServer()}/payments/webhooks/stripe`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'stripe-signature': signature },
        body: payload,
      })
      answers.push({ status: response.status, body: await response.json() } as Answer)
    }
  })()
  await put('webhook', `${webhookSecrets.fresh},${webhookSecrets.old}`)
  await followed('STRIPE_WEBHOOK_SECRET', 1)
  secret = webhookSecrets.fresh
  const count = answers.length
  await until('webhooks go on', () => answers.length > count + 20, 10)
  await put('webhook', webhookSecrets.fresh)
  await followed('STRIPE_WEBHOOK_SECRET', 2)
  const second = answers.length
  await until('webhooks still go on', () => answers.length > second + 20, 10)
  isOver = true
  await sender
  tell('webhook secret changed', { webhooks: answers.length })
  expect(answers.filter(({ status }) => status !== 200)).toEqual([])
  const [row] = await (async () => {
    const sql = openSql(urlOf('ridendine_b', 'second-of-b'))
    try {
      return await sql<{ count: number }[]>`select count(*)::integer as count from webhook_events`
    } finally {
      await sql.end({ timeout: 5 })
    }
  })()
  expect(row!.count).toBe(answers.length)
})

test('the age of each secret is told', async () => {
  const { body } = await ask(anyServer(), 'GET', '/metrics')
  expect(/ridendine_secret_age_seconds\{secret="JWT_KEYS"\} \d+/.test(String(body))).toBe(true)
})

test('the scan for committed secrets finds what it is there for, and shows it to nobody', async () => {
  const planted = `sk_live_${'51H8abcdEfghIjklMnopQrstUv'}`
  await Bun.write(fileOf('planted.ts'), `export const key = '${planted}'\n`)
  const child = spawnScript(['node_modules/secretlint/bin/secretlint.js', '--no-gitignore', fileOf('planted.ts')], {})
  expect(await child.exited()).toBe(1)
  expect(child.output()).toContain('Stripe Live Secret Key')
  expect(child.output()).not.toContain(planted)
})
