import { z } from 'zod'
import { Id } from '#core/ids'
import { ProblemJson } from '#core/problem'
import { Instant } from '#core/schema'

/** The words of the WebSocket, one union for each direction. */

export const TOPIC_KINDS = ['order', 'chef', 'driver', 'zone'] as const
export type TopicKind = (typeof TOPIC_KINDS)[number]

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const TOPIC = new RegExp(`^(${TOPIC_KINDS.join('|')}):(${UUID})$`)

export const Topic = z.string().regex(TOPIC, 'must be order:, chef:, driver: or zone: and an id')

export const parseTopic = (topic: string): { kind: TopicKind; id: string } => {
  const [, kind, id] = topic.match(TOPIC)!
  return { kind: kind as TopicKind, id: id! }
}

const Seq = z.int().min(0)

export const ClientFrame = z.discriminatedUnion('type', [
  /** `afterSeq`: the newest event of the topic that this client has had; what came since is sent first. */
  z.strictObject({ type: z.literal('subscribe'), topic: Topic, afterSeq: Seq.optional() }),
  z.strictObject({ type: z.literal('unsubscribe'), topic: Topic }),
  z.strictObject({ type: z.literal('ping') }),
])
export type ClientFrame = z.output<typeof ClientFrame>

export const ServerFrame = z.discriminatedUnion('type', [
  /** Events after `seq` follow. */
  z.object({ type: z.literal('subscribed'), topic: Topic, seq: Seq }),
  z.object({ type: z.literal('unsubscribed'), topic: Topic }),
  z.object({
    type: z.literal('event'),
    topic: Topic,
    seq: Seq,
    name: z.string(),
    data: z.record(z.string(), z.unknown()),
    occurredAt: Instant,
  }),
  z.object({
    type: z.literal('position'),
    topic: Topic,
    driverId: Id,
    lat: z.number(),
    lng: z.number(),
    recordedAt: Instant,
    isCoarse: z.boolean(),
    speedMps: z.number().optional(),
    headingDegrees: z.number().optional(),
  }),
  /** Too much was missed, or it is no longer kept: read the state over HTTP, then go on from here. */
  z.object({ type: z.literal('resync'), topic: Topic }),
  z.object({ type: z.literal('error'), problem: ProblemJson, topic: z.string().optional() }),
  z.object({ type: z.literal('pong') }),
])
export type ServerFrame = z.output<typeof ServerFrame>

export const Ticket = z
  .object({ ticket: z.string(), expiresAt: Instant })
  .meta({ examples: [{ ticket: 'q8Zt...', expiresAt: '2026-11-23T11:00:30.000Z' }] })
