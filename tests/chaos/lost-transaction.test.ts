/** A transaction whose connection is lost half-way: it is over, it says so, and nothing of it happens anywhere else. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { connect } from '#core/database'
import { type ChaosPostgres, type ChaosSql, openSql, startChaosPostgres } from '../support/chaos-postgres'

let postgres: ChaosPostgres
let sql: ChaosSql
/** One connection only, so that the next caller gets the one that takes the lost one's place. */
let pool: ReturnType<typeof connect>

beforeAll(async () => {
  postgres = await startChaosPostgres('lost')
  sql = openSql(postgres.url)
  await sql`create table notes (text text)`
})

beforeEach(async () => {
  await sql`truncate notes`
  pool = connect({ url: postgres.url, poolMax: 1, statementTimeoutMs: 5_000, lockTimeoutMs: 5_000 })
})

afterAll(async () => {
  await sql?.end({ timeout: 1 })
  await postgres?.stop()
})

type Tx = Parameters<Parameters<typeof pool.begin>[1]>[0]

const pidOf = async (tx: Tx) => (await tx<{ pid: number }[]>`select pg_backend_pid() as pid`)[0]!.pid
const cut = (pid: number) => sql`select pg_terminate_backend(${pid}, 2000)`
const notes = async () => (await sql<{ text: string }[]>`select text from notes order by text`).map(({ text }) => text)
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: { code?: string }) => error.code ?? String(error),
  )

test('it fails, and the process and the pool live on', async () => {
  const code = await codeOf(
    pool.begin(async (tx) => {
      await tx`insert into notes values ('lost')`
      const pid = await pidOf(tx)
      await Promise.all([tx`select pg_sleep(3)`, Bun.sleep(50).then(() => cut(pid))])
    }),
  )
  expect(code).toBe('CONNECTION_CLOSED')
  await pool.begin(async (tx) => void (await tx`insert into notes values ('next')`)).catch(() => {})
  await pool.begin(async (tx) => void (await tx`insert into notes values ('after')`))
  expect(await notes()).toContain('after')
  expect(await notes()).not.toContain('lost')
  await pool.end({ timeout: 1 })
})

test('what it has left to do is not done in the transaction of somebody else', async () => {
  const loser = codeOf(
    pool.begin(async (tx) => {
      await tx`insert into notes values ('lost 1')`
      await cut(await pidOf(tx))
      // It waits for something else, such as a payment processor, while the connection goes to the next caller.
      await Bun.sleep(600)
      await tx`insert into notes values ('lost 2')`
    }),
  )
  await Bun.sleep(200)
  const other = codeOf(
    pool.begin(async (tx) => {
      await tx`insert into notes values ('other')`
      await Bun.sleep(800)
    }),
  )
  expect(await loser).toBe('CONNECTION_CLOSED')
  expect(await other).toBe('no error')
  expect(await notes()).toEqual(['other'])
  await pool.begin(async (tx) => void (await tx`insert into notes values ('after')`))
  expect(await notes()).toEqual(['after', 'other'])
  await pool.end({ timeout: 1 })
})

test('one that has nothing left to do but to commit does not commit somebody else', async () => {
  const loser = codeOf(
    pool.begin(async (tx) => {
      await cut(await pidOf(tx))
      await Bun.sleep(400)
      return 'done'
    }),
  )
  await Bun.sleep(200)
  const other = codeOf(
    pool.begin(async (tx) => {
      await tx`insert into notes values ('other')`
      await Bun.sleep(600)
      throw new Error('the other one rolls back')
    }),
  )
  expect(await loser).toBe('CONNECTION_CLOSED')
  expect(await other).toBe('Error: the other one rolls back')
  expect(await notes()).toEqual([])
  await pool.end({ timeout: 1 })
})

test('a rule that refuses, or a service that hangs up, rolls back and keeps the connection', async () => {
  const startedMs = performance.now()
  const reset = Object.assign(new Error('the payment processor hung up'), { code: 'ECONNRESET' })
  for (const error of [new Error('refused'), reset]) {
    const thrown = await pool
      .begin(async (tx) => {
        await tx`insert into notes values ('refused')`
        throw error
      })
      .catch((caught: unknown) => caught)
    expect(thrown).toBe(error)
  }
  const broken = pool.begin((tx) => tx`insert into nowhere values (1)`)
  expect(await codeOf(broken)).toBe('42P01')
  await pool.begin(async (tx) => void (await tx`insert into notes values ('kept')`))
  expect(await notes()).toEqual(['kept'])
  // A connection that was not rolled back is only free again when Postgres ends its idle transaction.
  expect(performance.now() - startedMs).toBeLessThan(3_000)
  await pool.end({ timeout: 1 })
})
