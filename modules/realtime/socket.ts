import { Elysia } from 'elysia'
import { z } from 'zod'
import { clock } from '#core/clock'
import { problemOfDatabaseError } from '#core/database'
import { log } from '#core/log'
import { counter, gauge } from '#core/metrics'
import { Problem, problems } from '#core/problem'
import { signedIn } from '#core/session'
import type { Actor } from '#core/tokens'
import { type Connection, type Hub, send, sendProblem } from './hub.ts'
import { ClientFrame, Ticket } from './messages.ts'
import { issueTicket, takeTicket } from './tickets.ts'

const FRAME_BYTES_MAX = 4_096
const IDLE_SECONDS = 60
const BACKPRESSURE_BYTES_MAX = 1024 * 1024
const FRAMES_PER_SECOND_MAX = 50

/** For the server as a whole: Elysia drops them when they stand at the route. */
export const socketLimits = { maxPayloadLength: FRAME_BYTES_MAX, idleTimeout: IDLE_SECONDS }

const GOING_AWAY = 1012
const TRY_AGAIN_LATER = 1013
const POLICY_VIOLATION = 1008

const openSockets = gauge('realtime_connections', 'Open WebSockets of this process')
const framesReceived = counter('realtime_frames_received_total', 'Frames that sockets have sent')
const slowClosed = counter('realtime_slow_closed_total', 'Sockets that were let go because they did not read')

type Socket = { close(code: number, reason: string): void }
type Session = { connection: Connection; frames: number; secondStartedMs: number; socket: Socket }

/** `WS /realtime?ticket=...` and the tickets for it. */
export const realtimeRoutes = (hub: Hub) => {
  const sessions = new Map<string, Session>()

  const open = (id: string, actor: Actor, raw: RawSocket) => {
    const send = (text: string) => {
      raw.send(text)
      // Who does not read is let go, not waited for: it comes back and asks for what it missed.
      if (raw.getBufferedAmount() <= BACKPRESSURE_BYTES_MAX) return
      slowClosed.inc()
      raw.close(TRY_AGAIN_LATER, 'too slow')
    }
    sessions.set(id, { connection: { id, actor, send }, frames: 0, secondStartedMs: 0, socket: raw })
    openSockets.inc()
  }

  const close = (id: string) => {
    const session = sessions.get(id)
    if (!session) return
    sessions.delete(id)
    openSockets.dec()
    hub.leave(session.connection)
  }

  const receive = async (id: string, message: unknown) => {
    const session = sessions.get(id)
    if (!session) return
    const { connection } = session
    framesReceived.inc()
    try {
      assertPace(session)
      const frame = parseFrame(message)
      if (frame.type === 'ping') return send(connection, { type: 'pong' })
      if (frame.type === 'unsubscribe') {
        hub.unsubscribe(connection, frame.topic)
        return send(connection, { type: 'unsubscribed', topic: frame.topic })
      }
      await hub.subscribe(connection, frame.topic, frame.afterSeq)
      // Closed while it was being subscribed: nobody else would take it out of the hub.
      if (!sessions.has(id)) hub.leave(connection)
    } catch (error) {
      const topic = (message as { topic?: unknown } | null)?.topic
      sendProblem(connection, problemOf(error), typeof topic === 'string' ? topic : undefined)
    }
  }

  const tickets = new Elysia({ prefix: '/realtime', tags: ['realtime'] })
    .use(signedIn)
    .post('/tickets', async ({ actor, status }) => status(201, await issueTicket(actor, clock.now())), {
      response: { 201: Ticket, ...problems(401, 429, 503) },
      detail: { summary: 'A ticket that opens one WebSocket' },
    })

  const sockets = new Elysia({ detail: { hide: true } })
    .derive(async ({ query }) => ({ actor: await takeTicket(String(query.ticket ?? ''), clock.now()) }))
    .ws('/realtime', {
      query: z.object({ ticket: z.string().max(100) }),
      open: (ws) => open(ws.id, ws.data.actor, ws.raw as unknown as RawSocket),
      message: (ws, message) => receive(ws.id, message),
      close: (ws) => close(ws.id),
    })

  return {
    routes: new Elysia({ name: 'realtime' }).use(tickets).use(sockets),
    /** Tells every socket that the service restarts, so that it comes back to another replica. */
    /** An account that is gone hears nothing more. */
    closeOf: (userId: string) => {
      for (const { connection, socket } of sessions.values()) {
        if (connection.actor.userId === userId) socket.close(POLICY_VIOLATION, 'account deleted')
      }
    },
    closeAll: () => {
      for (const { socket } of sessions.values()) socket.close(GOING_AWAY, 'service restart')
    },
  }
}

type RawSocket = Socket & { send(text: string): unknown; getBufferedAmount(): number }

const assertPace = (session: Session) => {
  const nowMs = performance.now()
  if (nowMs - session.secondStartedMs > 1_000) {
    session.secondStartedMs = nowMs
    session.frames = 0
  }
  session.frames++
  if (session.frames > FRAMES_PER_SECOND_MAX) {
    throw new Problem(429, 'too-many-frames', `At most ${FRAMES_PER_SECOND_MAX} frames a second.`)
  }
}

/** Elysia parses what looks like JSON before we see it; what is no frame, parsed or not, is refused by the schema. */
const parseFrame = (message: unknown): ClientFrame => {
  const parsed = ClientFrame.safeParse(message)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map(({ path, message: text }) => ({ path: path.join('.'), message: text }))
  throw new Problem(422, 'invalid-frame', 'The frame does not fit any that a client may send.', { errors })
}

const problemOf = (error: unknown): Problem => {
  if (error instanceof Problem) return error
  const fromDatabase = problemOfDatabaseError(error)
  if (fromDatabase) return fromDatabase
  log.error({ err: error instanceof Error ? error.stack : String(error) }, 'a frame failed')
  return new Problem(500, 'internal-error', 'Something went wrong on our side.')
}
