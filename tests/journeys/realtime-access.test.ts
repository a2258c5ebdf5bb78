import { beforeAll, expect, test } from 'bun:test'
import { clock } from '#core/clock'
import { newId } from '#core/ids'
import { as, type Cook, type Courier, given, type Person } from '../support/given'
import { call, eventually, sql, useMarket } from '../support/market'
import { passTime } from '../support/pass-time'
import { ticketOf, useSockets } from '../support/socket'

useMarket()
const { connect, listen } = useSockets()

let mai: Cook
let nora: Person
let omar: Courier
let ada: Person
beforeAll(async () => {
  mai = await given.chef('mai')
  nora = await given.customer('nora')
  omar = await given.driver('omar')
  ada = await given.admin('ada')
})

test('a ticket opens one socket, once', async () => {
  const ticket = await ticketOf(nora)
  expect(await connect(ticket)).toBeDefined()
  expect(await connect(ticket)).toBeUndefined()
})

test('of two who show one ticket at once one gets in', async () => {
  const ticket = await ticketOf(nora)
  const sockets = await Promise.all([connect(ticket), connect(ticket), connect(ticket)])
  expect(sockets.filter(Boolean)).toHaveLength(1)
})

test('a ticket is good for half a minute', async () => {
  const { ticket, expiresAt } = (await as(nora).post('/realtime/tickets')).body
  expect(Date.parse(expiresAt) - clock.nowMs()).toBeWithin(25_000, 31_000)
  const other = await ticketOf(nora)
  await passTime(29)
  expect(await connect(other)).toBeDefined()
  await passTime(1.5)
  expect(await connect(ticket)).toBeUndefined()
})

test.each(['', 'made-up', 'x'.repeat(200)])('the ticket %p opens nothing', async (ticket) => {
  expect(await connect(ticket)).toBeUndefined()
})

test('who does not sign in gets no ticket, and an access token is none', async () => {
  expect(await call('POST', '/realtime/tickets')).toBeProblem(401)
  expect(await connect(nora.token)).toBeUndefined()
})

test('only a hash of a ticket is kept', async () => {
  const ticket = await ticketOf(nora)
  const rows = await sql()`select encode(token_hash, 'escape') as hash from realtime_tickets`
  expect(rows.length).toBeGreaterThan(0)
  for (const { hash } of rows) expect(hash).not.toContain(ticket)
})

test('everyone hears what concerns them, and for the rest there is no such topic', async () => {
  const [lena, nils, ivan] = [await given.customer('lena'), await given.chef('nils'), await given.driver('ivan')]
  const { id } = await given.order({ until: 'assigned', chef: mai, customer: nora, driver: omar })
  const topics = {
    order: `order:${id}`,
    chef: `chef:${mai.chefId}`,
    driver: `driver:${omar.driverId}`,
    zone: `zone:${await given.zone()}`,
  }
  const may: [Person, string[]][] = [
    [nora, ['order']],
    [lena, []],
    [mai, ['order', 'chef']],
    [nils, []],
    [omar, ['order', 'driver']],
    [ivan, []],
    [ada, ['order', 'chef', 'driver', 'zone']],
  ]
  for (const [person, allowed] of may) {
    const socket = await listen(person)
    const heard: string[] = []
    for (const [kind, topic] of Object.entries(topics)) {
      const answer = await socket.subscribe(topic)
      if (answer.type === 'subscribed') heard.push(kind)
      else expect(answer).toMatchObject({ type: 'error', problem: { status: 404, type: '/problems/topic-not-found' } })
    }
    expect([person.email, heard]).toEqual([person.email, allowed])
  }
  await sql()`update deliveries set status = 'failed' where order_id = ${id}`
})

test('a chef does not hear of an order before it is paid', async () => {
  const { id } = await given.order({ until: 'pending', chef: mai, customer: nora })
  const socket = await listen(mai)
  expect((await socket.subscribe(`order:${id}`)).type).toBe('error')
  await socket.subscribe(`chef:${mai.chefId}`)
  await given.payment(nora, id)
  const paid = await socket.hears('the paid order', (frame) => frame.type === 'event' && frame.name === 'order.paid')
  expect(paid).toMatchObject({ topic: `chef:${mai.chefId}`, data: { orderId: id, status: 'payment_confirmed' } })
  expect(socket.frames.some((frame) => frame.type === 'event' && frame.name === 'order.placed')).toBe(false)
})

test('even an admin hears nothing of what there is not', async () => {
  const socket = await listen(ada)
  for (const kind of ['order', 'chef', 'driver', 'zone']) {
    expect((await socket.subscribe(`${kind}:${newId()}`)).type).toBe('error')
  }
})

test('a driver who loses an order hears nothing more of it', async () => {
  const ivan = await given.driver('ivan')
  const { id } = await given.order({ until: 'assigned', chef: mai, customer: nora, driver: omar })
  const topic = `order:${id}`
  const [his, hers] = [await listen(omar), await listen(nora)]
  await his.subscribe(topic)
  await hers.subscribe(topic)
  await given.assignment(id, ivan)
  await his.hears('that it is no longer his', (frame) => frame.type === 'unsubscribed' && frame.topic === topic)
  await as(ivan).patch(`/orders/${id}/pickup`)
  await hers.hears('the pickup', (frame) => frame.type === 'event' && frame.name === 'order.picked_up')
  await his.pinged()
  const after = his.frames.slice(his.frames.findIndex(({ type }) => type === 'unsubscribed') + 1)
  expect(after.map(({ type }) => type)).toEqual(['pong'])
  expect((await his.subscribe(topic)).type).toBeDefined()
  const answer = await his.hears('a refusal', (frame) => frame.type === 'error' && frame.topic === topic)
  expect(answer).toMatchObject({ problem: { status: 404 } })
  await as(ivan).patch(`/orders/${id}/fail`, { reason: 'Nobody answers', food: 'disposed' })
})

test.each<[string, unknown]>([
  ['of a type that there is not', { type: 'publish', topic: `order:${newId()}` }],
  ['with a topic that is none', { type: 'subscribe', topic: 'everything' }],
  ['with more than it should say', { type: 'ping', token: 'x' }],
  ['that is text', 'hello'],
  ['that is a number', '42'],
  ['that is broken', '{"type":'],
  ['that is nothing', 'null'],
  ['that is a list', '[]'],
])('a frame %s is answered by an error, and the socket stays open', async (_, frame) => {
  const socket = await listen(nora)
  socket.say(frame)
  const answer = await socket.hears('an error', ({ type }) => type === 'error')
  expect(answer).toMatchObject({ problem: { status: 422, type: '/problems/invalid-frame', title: 'Invalid frame' } })
  await socket.pinged()
  expect(socket.frames.map(({ type }) => type)).toEqual(['error', 'pong'])
})

test('who leaves a topic hears nothing more of it, and of the others still', async () => {
  const [one, other] = [
    await given.order({ until: 'paid', chef: mai, customer: nora }),
    await given.order({ until: 'paid', chef: mai, customer: nora }),
  ]
  const socket = await listen(nora)
  await socket.subscribe(`order:${one.id}`)
  await socket.subscribe(`order:${other.id}`)
  socket.say({ type: 'unsubscribe', topic: `order:${one.id}` })
  await socket.hears('the goodbye', ({ type }) => type === 'unsubscribed')
  await as(mai).patch(`/orders/${one.id}/accept`)
  await as(mai).patch(`/orders/${other.id}/accept`)
  await socket.hears('the other order', (frame) => frame.type === 'event' && frame.topic === `order:${other.id}`)
  expect(socket.frames.filter((frame) => frame.type === 'event' && frame.topic === `order:${one.id}`)).toEqual([])
  socket.say({ type: 'unsubscribe', topic: `order:${newId()}` })
  await eventually(
    'a goodbye all the same',
    async () => socket.frames.filter((f) => f.type === 'unsubscribed').length === 2,
  )
})

test('a socket that says too much in a second is told so', async () => {
  const socket = await listen(nora)
  for (let n = 0; n < 60; n++) socket.say({ type: 'ping' })
  const refusal = await socket.hears('a refusal', ({ type }) => type === 'error')
  expect(refusal).toMatchObject({ problem: { status: 429, type: '/problems/too-many-frames' } })
  expect(socket.frames.filter(({ type }) => type === 'pong')).toHaveLength(50)
})

test('a frame that is too long ends the socket', async () => {
  const { socket, say } = await listen(nora)
  const closed = new Promise((tell) => {
    socket.onclose = tell
  })
  say({ type: 'subscribe', topic: 'x'.repeat(5_000) })
  await closed
})

test('an open socket is closed when its account is deleted, and no other', async () => {
  const leo = await given.customer('leo')
  const [his, hers] = [await listen(leo), await listen(nora)]
  const closed = Promise.withResolvers<number>()
  his.socket.onclose = ({ code }) => closed.resolve(code)
  expect((await as(leo).delete('/users/me')).status).toBe(200)
  expect(await closed.promise).toBe(1008)
  await hers.pinged()
})
