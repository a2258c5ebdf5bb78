import { expect, test } from 'bun:test'
import { ClientFrame, parseTopic, ServerFrame, Topic } from './messages.ts'

const ID = '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c21'
const topic = `order:${ID}`

test.each(['order', 'chef', 'driver', 'zone'] as const)('%s:<id> is a topic', (kind) => {
  expect(Topic.safeParse(`${kind}:${ID}`).success).toBe(true)
  expect(parseTopic(`${kind}:${ID}`)).toEqual({ kind, id: ID })
})

test.each([
  'order',
  `order:${ID}x`,
  `x order:${ID}`,
  `order:${ID}\n`,
  `user:${ID}`,
  'order:*',
  `order:${ID},zone:${ID}`,
])('%p is no topic', (text) => {
  expect(Topic.safeParse(text).success).toBe(false)
})

test.each<[string, unknown, boolean]>([
  ['to subscribe', { type: 'subscribe', topic }, true],
  ['to catch up', { type: 'subscribe', topic, afterSeq: 0 }, true],
  ['to leave', { type: 'unsubscribe', topic }, true],
  ['to be answered', { type: 'ping' }, true],
  ['a place before the first', { type: 'subscribe', topic, afterSeq: -1 }, false],
  ['half a place', { type: 'subscribe', topic, afterSeq: 1.5 }, false],
  ['a place as text', { type: 'subscribe', topic, afterSeq: '7' }, false],
  ['no topic', { type: 'subscribe' }, false],
  ['more than it should say', { type: 'ping', token: 'x' }, false],
  ['what only the server says', { type: 'event', topic, seq: 1, name: 'x', data: {}, occurredAt: '' }, false],
  ['another type', { type: 'publish', topic }, false],
  ['a number', 42, false],
  ['text', 'ping', false],
  ['nothing', null, false],
])('a client may send a frame with %s: %#', (_, frame, may) => {
  expect(ClientFrame.safeParse(frame).success).toBe(may)
})

test('what the server sends fits what is published of it', () => {
  const event = { topic, seq: 7, name: 'order.accepted', data: { a: 1 }, occurredAt: '2026-11-23T11:00:00.000Z' }
  expect(ServerFrame.parse({ type: 'event', ...event })).toEqual({ type: 'event', ...event })
  expect(ServerFrame.safeParse({ type: 'event', ...event, seq: '7' }).success).toBe(false)
  expect(ServerFrame.safeParse({ type: 'subscribe', topic }).success).toBe(false)
})
