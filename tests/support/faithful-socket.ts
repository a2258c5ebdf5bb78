/** A client of realtime as the documentation asks for: told to come back, it does, and says where it was. */
import { type Answer, ask } from './chaos-client'
import { until } from './chaos-server'

type Frame = { type: string; topic?: string; seq?: number; problem?: object }

const backSoonMs = 50
const jitterMs = 200
const openSecondsMax = 5

export type FaithfulSocket = Awaited<ReturnType<typeof followTopic>>

/** Follows one topic until it is stopped. `answers` are those to its requests for tickets. */
export const followTopic = async (base: string, token: string, topic: string) => {
  const closeCodes: number[] = []
  const strange: Frame[] = []
  const answers: Answer[] = []
  const seqs: number[] = []
  const openFailures: string[] = []
  let fromSeq: number | undefined
  let current: WebSocket | undefined
  let isSubscribed = false
  let isOver = false

  const hear = (frame: Frame) => {
    if (frame.type === 'subscribed') {
      fromSeq ??= frame.seq
      isSubscribed = true
    } else if (frame.type === 'event') seqs.push(frame.seq!)
    else strange.push(frame)
  }

  const open = async () => {
    const ticket = await ask(base, 'POST', '/realtime/tickets', { token })
    answers.push(ticket)
    const socket = new WebSocket(`${base.replace('http', 'ws')}/realtime?ticket=${ticket.body.ticket}`)
    current = socket
    let hasOpened = false
    socket.onopen = () => {
      hasOpened = true
      socket.send(JSON.stringify({ type: 'subscribe', topic, afterSeq: seqs.at(-1) ?? fromSeq }))
    }
    socket.onmessage = ({ data }) => hear(JSON.parse(String(data)))
    socket.onclose = ({ code }) => {
      isSubscribed = false
      if (isOver) return
      if (hasOpened) closeCodes.push(code)
      else openFailures.push(`closed with ${code} before it was open`)
      setTimeout(() => void open(), backSoonMs + Math.random() * jitterMs)
    }
  }

  await open()
  await until('subscribed', () => isSubscribed, openSecondsMax)
  return {
    /** What it was told each time it was closed. */
    closeCodes,
    /** Attempts to open that failed. */
    openFailures,
    /** Frames that are neither events nor answers: problems, and "begin anew". */
    strange,
    answers,
    seqs,
    fromSeq: () => fromSeq!,
    isSubscribed: () => isSubscribed,
    stop: () => {
      isOver = true
      current?.close()
    },
  }
}
