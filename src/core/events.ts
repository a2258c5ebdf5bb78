import { clock } from '#core/clock'
import { database, listen, onCommit, type Sql } from '#core/database'
import { log } from '#core/log'
import { counter, gauge, histogram } from '#core/metrics'

/** What happened, to be heard on its topics (`order:<id>`, `chef:<id>`, `driver:<id>`, `zone:<id>`). */
export type NewEvent = { topics: string[]; type: string; data: Record<string, unknown>; occurredAt: Date }
export type StoredEvent = {
  seq: number
  topics: string[]
  type: string
  data: Record<string, unknown>
  occurredAt: string
}

export const orderTopic = (id: string) => `order:${id}`
export const chefTopic = (id: string) => `chef:${id}`
export const driverTopic = (id: string) => `driver:${id}`
export const zoneTopic = (id: string) => `zone:${id}`

/** As the table has it: who tells more people tells them in several events. */
export const TOPICS_MAX = 8

/** Writes an event with what made it happen: pass the transaction. Readers see it after the commit. */
export const recordEvent = (sql: Sql, { topics, type, data, occurredAt }: NewEvent) => sql`
  insert into events (topics, type, data, occurred_at)
  values (${topics}, ${type}, ${sql.json(data as never)}, ${occurredAt})`

export type EventHandler = (events: readonly StoredEvent[]) => void | Promise<void>

const BATCH_MAX = 500
const POLL_EVERY_MS = 1_000
const RETRY_AFTER_MS = 500
/** Commits come in bursts; they are numbered and read together. */
const SETTLE_MS = 5

const eventsRead = counter('events_read_total', 'Events read from the log by this process', ['type'])
const headSeq = gauge('events_head_seq', 'The newest event this process has read')
const DELAY_SECONDS_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const delaySeconds = histogram(
  'events_delay_seconds',
  'From what happened until the handlers of this process have had its event',
  [],
  DELAY_SECONDS_BUCKETS,
)

/**
 * The one reader of the event log in this process. Every event is numbered after its commit and handed to each handler
 * in order, so a transaction that commits late is never skipped. Woken by commits of this process, by NOTIFY from the
 * others, and by a slow poll in case one was lost. Live only: it begins at the newest event. A client that was away asks
 * for what it missed of a topic by eventsOfTopic; the table event_consumers is for consumers that must go on where they
 * stopped, of which there are none yet.
 */
export const eventReader = () => {
  const handlers = new Set<EventHandler>()
  const rewoundListeners = new Set<() => void>()
  let seq = 0
  let running = false
  let woken = false
  let stopped = false
  let timer: ReturnType<typeof setInterval> | undefined
  let current: Promise<void> = Promise.resolve()
  let stopListening = () => {}

  /** A backup was restored: the log is shorter than what was read of it, and its numbers are given again. */
  const rewind = (head: number) => {
    log.warn({ before: seq, head }, 'the event log was put back: going on from its end')
    seq = head
    headSeq.set(seq)
    for (const listener of rewoundListeners) listener()
  }

  const readAll = async () => {
    for (;;) {
      const head = await sequenceCommitted(database.sql)
      if (head < seq) rewind(head)
      const batch = head > seq ? await eventsAfter(seq) : []
      if (batch.length === 0) return
      for (const event of batch) eventsRead.inc({ type: event.type })
      for (const handler of handlers) await handler(batch)
      for (const { occurredAt } of batch)
        delaySeconds.observe(Math.max(0, (clock.nowMs() - Date.parse(occurredAt)) / 1000))
      seq = batch.at(-1)!.seq
      headSeq.set(seq)
    }
  }

  const wake = () => {
    woken = true
    if (running || stopped) return
    running = true
    current = (async () => {
      while (woken && !stopped) {
        await Bun.sleep(SETTLE_MS)
        woken = false
        try {
          await readAll()
        } catch (error) {
          // The store is away or a handler failed: the place is kept, the batch comes again.
          if (!database.isAway) log.error({ err: String(error) }, 'event reader failed')
          await Bun.sleep(RETRY_AFTER_MS)
        }
      }
      running = false
    })()
  }

  /** Another process has numbered events. Without a payload the connection is new: something may have been missed. */
  const onNotify = (newest?: string) => {
    if (newest === undefined || Number(newest) > seq) wake()
  }

  return {
    /** The newest event that the handlers have had. */
    get seq() {
      return seq
    },
    handle: (handler: EventHandler) => {
      handlers.add(handler)
      return () => handlers.delete(handler)
    },
    /** Calls back when the log has been put back: whoever remembers a number of it must forget that. */
    onRewound: (listener: () => void) => {
      rewoundListeners.add(listener)
      return () => rewoundListeners.delete(listener)
    },
    wake,
    start: async () => {
      seq = await sequenceCommitted(database.sql)
      headSeq.set(seq)
      await listen('events', onNotify)
      stopListening = onCommit(wake)
      timer = setInterval(wake, POLL_EVERY_MS)
      wake()
    },
    stop: async () => {
      stopped = true
      stopListening()
      clearInterval(timer)
      await current
    },
  }
}

export type EventReader = ReturnType<typeof eventReader>

/** The reader of this process, started by main. */
export const events = eventReader()

const sequenceCommitted = async (sql: Sql): Promise<number> => {
  const [row] = await sql<{ head: number }[]>`select sequence_events(${BATCH_MAX}) as head`
  return row!.head
}

const eventsAfter = (afterSeq: number) => database.sql<StoredEvent[]>`
  select seq, topics, type, data, occurred_at from events where seq > ${afterSeq} order by seq limit ${BATCH_MAX}`

/** The events of a topic in (afterSeq, upToSeq], oldest first, at most `limit`. */
export const eventsOfTopic = (topic: string, afterSeq: number, upToSeq: number, limit: number) =>
  database.sql<StoredEvent[]>`
    select e.seq, e.topics, e.type, e.data, e.occurred_at
    from event_topics t join events e on e.seq = t.seq
    where t.topic = ${topic} and t.seq > ${afterSeq} and t.seq <= ${upToSeq}
    order by t.seq limit ${limit}`

/** The newest number given by any process, or 0 when there are no events. */
export const newestSeq = async (): Promise<number> => {
  const [row] = await database.sql<{ seq: number }[]>`select seq from event_head`
  return row!.seq
}

/** The oldest number still kept, or 0 when there are no events. */
export const oldestSeq = async (): Promise<number> => {
  const [row] = await database.sql<{ seq: number }[]>`select coalesce(min(seq), 0) as seq from events`
  return row!.seq
}
