/** Sockets that keep every frame, to be compared with the log of events afterwards. */
import { ask } from './chaos-client'
import type { ChaosSql } from './chaos-postgres'
import { until } from './chaos-server'

type Frame = { type: string; topic?: string; seq?: number; name?: string; problem?: { status: number; type: string } }

export type Socket = Awaited<ReturnType<typeof connectSocket>>

/** Opens a socket with a ticket of its own. */
export const connectSocket = async (base: string, token: string) => {
  const { status, body } = await ask(base, 'POST', '/realtime/tickets', { token })
  if (status !== 201) throw new Error(`no ticket: ${status} ${JSON.stringify(body)}`)
  const socket = new WebSocket(`${base.replace('http', 'ws')}/realtime?ticket=${body.ticket}`)
  const frames: Frame[] = []
  let closeCode: number | undefined
  socket.onmessage = ({ data }) => void frames.push(JSON.parse(String(data)))
  socket.onclose = ({ code }) => {
    closeCode = code
  }
  await new Promise<void>((accept, refuse) => {
    socket.onopen = () => accept()
    socket.onerror = () => refuse(new Error('the socket did not open'))
  })
  return {
    frames,
    send: (frame: object) => socket.send(JSON.stringify(frame)),
    closeCode: () => closeCode,
    close: () => socket.close(),
  }
}

/** Opens a socket for one topic; done once the server has said so. */
export const subscribe = async (base: string, token: string, topic: string) => {
  const socket = await connectSocket(base, token)
  const { frames } = socket
  socket.send({ type: 'subscribe', topic })
  await until('subscribed', () => frames.some(({ type }) => type === 'subscribed'), 5)
  const fromSeq = frames.find(({ type }) => type === 'subscribed')!.seq!
  const seqs = () => frames.filter(({ type }) => type === 'event').map(({ seq }) => seq!)
  return {
    ...socket,
    fromSeq,
    seqs,
    /** The events of the topic since it subscribed, from the log; done when the last of them has come. */
    caughtUp: async (sql: ChaosSql, seconds = 5): Promise<number[]> => {
      const rows = await sql<{ seq: number }[]>`
        select seq from event_topics where topic = ${topic} and seq > ${fromSeq} order by seq`
      const expected = rows.map(({ seq }) => seq)
      const last = expected.at(-1) ?? 0
      await until(`event ${last} arrives`, () => (seqs().at(-1) ?? 0) >= last, seconds)
      return expected
    },
  }
}
