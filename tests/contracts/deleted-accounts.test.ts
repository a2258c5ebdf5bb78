/** What is left of a deleted account's access token changes nothing any more, on any route, in any process. */
import { beforeAll, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { announceDeleted, followDeletions } from '#core/deleted-accounts'
import { eventReader, events } from '#core/events'
import { type Operation, operationsOf, readDocument } from '../support/contract-document'
import { changedTables, marketState } from '../support/contract-state'
import { askIn, makeWorld, type World } from '../support/contract-world'
import { as, given, type Person } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { ticketOf, useSockets } from '../support/socket'

// Rounds far apart: nothing happens here but what the test asks for.
useMarket({ environment: { DISPATCH_ROUND_MS: '60000' } })
const { connect } = useSockets()

let world: World
let writes: string[]
beforeAll(async () => {
  world = await makeWorld()
  const isWrite = ([name, { security }]: [string, Operation]) => !name.startsWith('GET ') && (security ?? []).length > 0
  writes = operationsOf(await readDocument())
    .filter(isWrite)
    .map(([name]) => name)
})

const renamed = (person: Person) => as(person).patch('/users/me', { firstName: 'Back' })

test.each(['customer', 'chef', 'driver', 'admin'] as const)('no write is done for a deleted %s', async (role) => {
  const gone = await given[role]()
  expect((await as(gone).delete('/users/me')).status).toBe(200)
  expect(writes.length).toBeGreaterThan(35)
  const before = await marketState()
  for (const route of writes) {
    const reply = await askIn(world, route, { token: gone.token })
    expect([route, reply.status, reply.body.type]).toEqual([route, 401, '/problems/unauthenticated'])
  }
  expect(changedTables(before, await marketState())).toEqual([])
  expect(await sql()`select from realtime_tickets where user_id = ${gone.userId}`).toHaveLength(0)
})

test('a driver whose place was just told is refused the next one at once', async () => {
  const omar = await given.driver('omar', { at: { lat: 57.7, lng: 11.97 } })
  await as(omar).delete('/users/me')
  const recordedAt = new Date(clock.nowMs() + 1_000).toISOString()
  expect(await as(omar).post('/drivers/location', { lat: 57.7, lng: 11.97, recordedAt })).toBeProblem(401)
})

test('a ticket that was taken before opens nothing after, also where nobody has heard of it yet', async () => {
  const nora = await given.customer('nora')
  const ticket = await ticketOf(nora)
  await sql()`update users set deleted_at = now() where id = ${nora.userId}`
  expect(await connect(ticket)).toBeUndefined()
  expect(await as(nora).post('/realtime/tickets')).toBeProblem(401, 'unauthenticated')
})

test('what another process deleted is refused here too', async () => {
  const nora = await given.customer('nora')
  expect((await renamed(nora)).status).toBe(200)
  await sql().begin((tx) => announceDeleted(tx, nora.userId, clock.now()))
  await eventually('the news to arrive', async () => (await renamed(nora)).status === 401)
})

test('and by a process that was not there when it happened', async () => {
  const [lately, longAgo] = [await given.customer('nora'), await given.customer('sara')]
  // From here on this process hears nothing.
  await events.stop()
  const hourAgo = new Date(clock.nowMs() - 3_600_000)
  await sql().begin((tx) => announceDeleted(tx, longAgo.userId, hourAgo))
  await sql().begin((tx) => announceDeleted(tx, lately.userId, clock.now()))
  await sql()`select sequence_events(500)`
  expect((await renamed(lately)).status).toBe(200)
  const stop = await followDeletions(eventReader())
  expect(await renamed(lately)).toBeProblem(401, 'unauthenticated')
  // His tokens ended by themselves: nothing is kept of him.
  expect((await renamed(longAgo)).status).toBe(200)
  stop()
})
