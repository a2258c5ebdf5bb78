import { type EventReader, eventsOfTopic, newestSeq, oldestSeq, type StoredEvent } from '#core/events'
import { counter, gauge } from '#core/metrics'
import { Problem, problemBody } from '#core/problem'
import type { Actor } from '#core/tokens'
import type { ServerFrame } from './messages.ts'
import { mayHear } from './topics.ts'

/** One socket, as the hub sees it. */
export type Connection = {
  id: string
  actor: Actor
  send(text: string): void
}

/** While what was missed is being read, live events wait in `pending`. */
type Subscription = { connection: Connection; lastSeq: number; pending: StoredEvent[] | null }

export const TOPICS_PER_CONNECTION_MAX = 100
/** A client that missed more than this of a topic is told to resync. */
export const MISSED_EVENTS_MAX = 1_000

/** After these a driver may no longer be one of those whom the order concerns. */
const REVOKING_EVENTS = new Set(['delivery.unassigned', 'delivery.assigned', 'order.cancelled'])

const subscriptionCount = gauge('realtime_subscriptions', 'Topics that sockets of this process have subscribed to')
const framesSent = counter('realtime_frames_sent_total', 'Frames sent to sockets, by their type', ['type'])

/** Hands events to the sockets that subscribed to their topics: each once, in order, none lost in between. */
export const createHub = (reader: EventReader) => {
  const topics = new Map<string, Map<string, Subscription>>()
  // The topics of each connection, also those that are still being looked at.
  const topicsOf = new Map<string, Set<string>>()
  // What the sockets have been given, which is ahead of reader.seq while a batch is being handed out.
  let seq = 0

  const deliver = (topic: string, event: StoredEvent) => {
    for (const subscription of topics.get(topic)?.values() ?? []) {
      if (subscription.pending) subscription.pending.push(event)
      else sendEvent(topic, subscription, event)
    }
  }

  const handle = (events: readonly StoredEvent[]) => {
    for (const event of events) {
      for (const topic of event.topics) deliver(topic, event)
      seq = event.seq
    }
    for (const event of events) if (REVOKING_EVENTS.has(event.type)) void revoke(event)
  }

  /** What sockets remember is of a log that is no more: they read the state anew. */
  const rewind = () => {
    seq = reader.seq
    for (const [topic, subscribers] of topics) {
      for (const subscription of subscribers.values()) {
        subscription.lastSeq = seq
        send(subscription.connection, { type: 'resync', topic })
      }
    }
  }

  const revoke = async (event: StoredEvent) => {
    for (const topic of event.topics.filter((one) => one.startsWith('order:'))) {
      for (const { connection } of [...(topics.get(topic)?.values() ?? [])]) {
        if (connection.actor.role !== 'driver') continue
        const may = await mayHear(connection.actor, topic).catch(() => false)
        if (may) continue
        if (unsubscribe(connection, topic)) send(connection, { type: 'unsubscribed', topic })
      }
    }
  }

  const subscribe = async (connection: Connection, topic: string, afterSeq: number | undefined) => {
    takePlace(connection, topic)
    await assertMayHear(connection, topic)
    const subscription: Subscription = { connection, lastSeq: afterSeq ?? seq, pending: [] }
    add(topic, subscription)
    // From here on live events wait in `pending`, so everything up to `upTo` is history and everything after is not.
    const upTo = seq
    try {
      const missed = afterSeq === undefined ? [] : await missedEvents(topic, afterSeq, upTo)
      if (missed === undefined) {
        subscription.lastSeq = upTo
        send(connection, { type: 'resync', topic })
      }
      send(connection, { type: 'subscribed', topic, seq: subscription.lastSeq })
      for (const event of missed ?? []) sendEvent(topic, subscription, event)
      for (const event of subscription.pending ?? []) sendEvent(topic, subscription, event)
      subscription.pending = null
    } catch (error) {
      unsubscribe(connection, topic)
      throw error
    }
  }

  /** Before anything is waited for, so that topics asked for at once count each other. */
  const takePlace = ({ id }: Connection, topic: string) => {
    const held = topicsOf.get(id) ?? new Set()
    if (held.size >= TOPICS_PER_CONNECTION_MAX && !held.has(topic)) {
      throw new Problem(422, 'too-many-topics', `A socket may subscribe to ${TOPICS_PER_CONNECTION_MAX} topics.`)
    }
    topicsOf.set(id, held.add(topic))
  }

  const leavePlace = ({ id }: Connection, topic: string) => {
    const held = topicsOf.get(id)
    held?.delete(topic)
    if (held?.size === 0) topicsOf.delete(id)
  }

  /** Who asks again for a topic that he has keeps it when that cannot be found out. */
  const assertMayHear = async (connection: Connection, topic: string) => {
    try {
      if (await mayHear(connection.actor, topic)) return
      throw new Problem(404, 'topic-not-found', 'There is no such topic, or it is not yours to hear.')
    } catch (error) {
      if (!topics.get(topic)?.has(connection.id)) leavePlace(connection, topic)
      throw error
    }
  }

  const add = (topic: string, subscription: Subscription) => {
    let subscribers = topics.get(topic)
    if (!subscribers) {
      subscribers = new Map()
      topics.set(topic, subscribers)
    }
    const { id } = subscription.connection
    if (!subscribers.has(id)) subscriptionCount.inc()
    // Again: it may have been left while the topic was being looked at.
    topicsOf.set(id, (topicsOf.get(id) ?? new Set()).add(topic))
    subscribers.set(id, subscription)
  }

  /** Tells whether there was anything to end. */
  const unsubscribe = (connection: Connection, topic: string): boolean => {
    leavePlace(connection, topic)
    const subscribers = topics.get(topic)
    if (!subscribers?.delete(connection.id)) return false
    subscriptionCount.dec()
    if (subscribers.size === 0) topics.delete(topic)
    return true
  }

  return {
    subscribe,
    unsubscribe,
    /** Ends all that a connection has. */
    leave: (connection: Connection) => {
      for (const topic of [...(topicsOf.get(connection.id) ?? [])]) unsubscribe(connection, topic)
    },
    hasSubscribers: (topic: string) => topics.has(topic),
    /** Sends a frame to the subscribers of a topic; `frameFor` may give each role its own, or nothing. */
    publish: (topic: string, frameFor: (actor: Actor) => ServerFrame | undefined) => {
      for (const { connection } of topics.get(topic)?.values() ?? []) {
        const frame = frameFor(connection.actor)
        if (frame) send(connection, frame)
      }
    },
    start: () => {
      seq = reader.seq
      const stops = [reader.handle(handle), reader.onRewound(rewind)]
      return () => {
        for (const stop of stops) stop()
      }
    },
  }
}

export type Hub = ReturnType<typeof createHub>

/** What a topic had in (afterSeq, upTo]. Undefined when that is too much, no longer kept, or not of this log. */
const missedEvents = async (topic: string, afterSeq: number, upTo: number) => {
  // Another process may have handed out more than this one has read: then nothing is missed, and nothing comes twice.
  if (afterSeq > upTo) return afterSeq <= (await newestSeq()) ? [] : undefined
  if (afterSeq + 1 < (await oldestSeq())) return undefined
  const missed = await eventsOfTopic(topic, afterSeq, upTo, MISSED_EVENTS_MAX + 1)
  return missed.length > MISSED_EVENTS_MAX ? undefined : missed
}

const sendEvent = (topic: string, subscription: Subscription, event: StoredEvent) => {
  if (event.seq <= subscription.lastSeq) return
  subscription.lastSeq = event.seq
  const { seq, type: name, data, occurredAt } = event
  send(subscription.connection, { type: 'event', topic, seq, name, data, occurredAt })
}

export const send = (connection: Connection, frame: ServerFrame) => {
  framesSent.inc({ type: frame.type })
  connection.send(JSON.stringify(frame))
}

export const sendProblem = (connection: Connection, problem: Problem, topic?: string) =>
  send(connection, { type: 'error', problem: problemBody(problem, connection.id), ...(topic ? { topic } : {}) })
