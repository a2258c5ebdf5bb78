import type { ServerFrame } from '#modules/realtime/messages'

export type EventFrame = Extract<ServerFrame, { type: 'event' }>
export type PositionFrame = Extract<ServerFrame, { type: 'position' }>

/** What a socket has heard of one topic, and whether it came as promised: rising, each once, over reconnections too. */
export type Stream = ReturnType<typeof createStream>

export type Heard = { seq: number; name: string; orderId: string | undefined }

export const createStream = (topic: string, { fromStart, keep = true }: { fromStart: boolean; keep?: boolean }) => {
  let lastSeq: number | undefined = fromStart ? 0 : undefined
  let isSubscribed = false
  let resyncs = 0
  const heard: Heard[] = []
  const faults: string[] = []

  return {
    topic,
    heard,
    faults,
    /** What to subscribe after; undefined is "from now on". */
    get lastSeq() {
      return lastSeq
    },
    get isSubscribed() {
      return isSubscribed
    },
    get resyncs() {
      return resyncs
    },
    /** Everything since the topic began is in `heard`. */
    get isWhole() {
      return fromStart && resyncs === 0
    },
    subscribed: (seq: number) => {
      isSubscribed = true
      if (lastSeq !== undefined && resyncs === 0 && seq !== lastSeq)
        faults.push(`${topic}: asked for after ${lastSeq}, got after ${seq}`)
      lastSeq = seq
    },
    resynced: () => {
      resyncs++
      lastSeq = undefined
    },
    /** Takes an event. False when it should not have come. */
    take: ({ seq, name, data }: EventFrame): boolean => {
      if (lastSeq !== undefined && seq <= lastSeq) {
        faults.push(`${topic}: ${name} came as ${seq} after ${lastSeq}`)
        return false
      }
      lastSeq = seq
      if (keep) heard.push({ seq, name, orderId: typeof data.orderId === 'string' ? data.orderId : undefined })
      return true
    },
  }
}

type HistoryRow = { machine: 'order' | 'delivery'; event: string; status: string; actor: string }

/** The event that each step of an order's history is told by. Steps that come together are told once. */
const TOLD_AS: Record<string, string> = {
  'order place': 'order.placed',
  'order pay': 'order.paid',
  'order accept': 'order.accepted',
  'order prepare': 'order.preparing',
  'order ready': 'order.ready',
  'order pickup': 'order.picked_up',
  'order deliver': 'order.delivered',
  'order reject': 'order.rejected',
  'order expire': 'order.rejected',
  'order cancel': 'order.cancelled',
  'order abandon': 'order.cancelled',
  'order fail': 'delivery.failed',
  'delivery offer': 'delivery.offered',
  'delivery accept': 'delivery.assigned',
  'delivery assign': 'delivery.assigned',
  'delivery withdraw': 'delivery.unassigned',
  'delivery decline': 'delivery.unassigned',
  'delivery drop': 'delivery.unassigned',
  'delivery unassign': 'delivery.unassigned',
  'delivery depart': 'delivery.in_transit',
}

/** What a socket that heard an order from its beginning must have heard, by the order's own history. */
export const eventsOfHistory = (history: readonly HistoryRow[]): string[] =>
  history.flatMap(({ machine, event, status, actor }) => {
    // Taken back by support from who was only asked, to be given by hand: one step for all who listen.
    if (event === 'withdraw' && actor === 'admin') return []
    if (machine === 'delivery' && event === 'arrive') return [`delivery.${status}`]
    return TOLD_AS[`${machine} ${event}`] ?? []
  })

const TELLING = new Set([...Object.values(TOLD_AS), 'delivery.at_pickup', 'delivery.at_dropoff'])

/** After one of these there is nothing more to come but money. */
export const FINAL_EVENTS: ReadonlySet<string> = new Set([
  'order.delivered',
  'order.rejected',
  'order.cancelled',
  'delivery.failed',
])

/** What is wrong with what a stream heard of an order, compared with the order's history; undefined when nothing is. */
export const faultOfStream = (stream: Stream, history: readonly HistoryRow[]): string | undefined => {
  const told = stream.heard.map(({ name }) => name).filter((name) => TELLING.has(name))
  const expected = eventsOfHistory(history)
  const due = stream.isWhole ? expected : expected.slice(Math.max(0, expected.length - told.length))
  if (told.join() !== due.join())
    return `${stream.topic}: heard ${told.join(', ') || 'nothing'}; happened ${due.join(', ')}`
  if (told.length === 0) return undefined
  return FINAL_EVENTS.has(told.at(-1)!) ? undefined : `${stream.topic}: the last heard is ${told.at(-1)}`
}
