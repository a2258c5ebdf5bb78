import { ServerFrame } from '#modules/realtime/messages'
import type { Account } from './account.ts'
import type { Checks } from './checks.ts'
import type { VirtualClock } from './clock.ts'
import type { Stats } from './stats.ts'
import { Stopped } from './stop.ts'
import { createStream, type EventFrame, type PositionFrame, type Stream } from './stream.ts'

/** A person's WebSocket: comes back by itself, and asks for what it missed. */
export type Realtime = ReturnType<typeof openRealtime>

type Follow = {
  stream: Stream
  onEvent: (event: EventFrame) => void
  onPosition?: (position: PositionFrame) => void
}

type Needs = {
  world: { base: string; clock: VirtualClock; stats: Stats; checks: Checks }
  account: Account
  /** Called at each (re)connection, for what a socket cannot tell. */
  onOpen?: () => void
}

const PING_EVERY_MS = 20_000
const SILENCE_MS_MAX = 50_000
const SUBSCRIBE_AGAIN_MS = 1_000
const BACKOFF_MS_FIRST = 200
const BACKOFF_MS_MAX = 3_000
const GONE = 404

export const openRealtime = ({ world, account, onOpen }: Needs) => {
  const { base, clock, stats, checks } = world
  const follows = new Map<string, Follow>()
  let socket: WebSocket | undefined
  let closed = false
  let heardMs = 0

  const send = (frame: object) => {
    if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame))
  }

  const subscribe = ({ stream }: Follow) => {
    const { topic, lastSeq } = stream
    send({ type: 'subscribe', topic, ...(lastSeq === undefined ? {} : { afterSeq: lastSeq }) })
  }

  const receive = (text: string) => {
    heardMs = performance.now()
    const parsed = ServerFrame.safeParse(JSON.parse(text))
    checks.that('frames', parsed.success, () => `${account.email}: ${text.slice(0, 200)}`)
    if (!parsed.success) return
    const frame = parsed.data
    stats.count(`frame ${frame.type}`)
    const follow = 'topic' in frame && frame.topic !== undefined ? follows.get(frame.topic) : undefined
    if (!follow) return
    if (frame.type === 'subscribed') follow.stream.subscribed(frame.seq)
    else if (frame.type === 'resync') follow.stream.resynced()
    else if (frame.type === 'event' && follow.stream.take(frame)) follow.onEvent(frame)
    else if (frame.type === 'position') follow.onPosition?.(frame)
    else if (frame.type === 'error') refused(follow, frame.problem.status, frame.problem.detail)
  }

  /** A store that is away is asked again; what is not ours to hear, or not known, is a fault. */
  const refused = (follow: Follow, status: number, detail: string) => {
    stats.count(`subscription refused ${status}`)
    if (status === GONE) checks.broken('expected', `${account.email} may not hear ${follow.stream.topic}: ${detail}`)
    else setTimeout(() => follows.has(follow.stream.topic) && subscribe(follow), SUBSCRIBE_AGAIN_MS)
  }

  const session = async () => {
    const ticket = await account.call<{ ticket: string }>('POST', '/realtime/tickets')
    if (ticket.status !== 201 || closed) return
    const url = `${base.replace(/^http/, 'ws')}/realtime?ticket=${encodeURIComponent(ticket.body.ticket)}`
    await new Promise<void>((ended) => {
      const ws = new WebSocket(url)
      socket = ws
      heardMs = performance.now()
      const beat = setInterval(() => {
        if (performance.now() - heardMs > SILENCE_MS_MAX) ws.close()
        else send({ type: 'ping' })
      }, PING_EVERY_MS)
      ws.onopen = () => {
        stats.count('sockets opened')
        for (const follow of follows.values()) subscribe(follow)
        onOpen?.()
      }
      ws.onmessage = ({ data }) => receive(String(data))
      ws.onclose = () => {
        clearInterval(beat)
        ended()
      }
      ws.onerror = () => {}
      if (closed) ws.close()
    })
  }

  const run = async () => {
    let backoffMs = BACKOFF_MS_FIRST
    while (!closed) {
      const startedMs = performance.now()
      await session()
      if (closed) return
      stats.count('sockets lost')
      backoffMs =
        performance.now() - startedMs > BACKOFF_MS_MAX ? BACKOFF_MS_FIRST : Math.min(backoffMs * 2, BACKOFF_MS_MAX)
      await clock.pause(backoffMs)
    }
  }

  const running = run().catch((error: unknown) => {
    if (!(error instanceof Stopped))
      checks.broken('actors', `the socket of ${account.email}: ${(error as Error).message}`)
  })

  return {
    /** Hears a topic until the socket is closed. */
    follow: (topic: string, handlers: Omit<Follow, 'stream'>, how: { fromStart: boolean; keep?: boolean }): Stream => {
      const follow = { ...handlers, stream: createStream(topic, how) }
      follows.set(topic, follow)
      subscribe(follow)
      return follow.stream
    },
    get isOpen() {
      return socket?.readyState === WebSocket.OPEN
    },
    close: async () => {
      closed = true
      for (const { stream } of follows.values()) checks.that('seq', stream.faults.length === 0, () => stream.faults[0]!)
      follows.clear()
      socket?.close()
      await Promise.race([running, Bun.sleep(1_000)])
    },
  }
}
