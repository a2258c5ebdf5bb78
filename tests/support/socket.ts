import { afterEach } from 'bun:test'
import { ServerFrame } from '#modules/realtime/messages'
import { as, type Person } from './given'
import { baseUrl, eventually } from './market'

export type EventFrame = Extract<ServerFrame, { type: 'event' }>
export type PositionFrame = Extract<ServerFrame, { type: 'position' }>
type Answer = Extract<ServerFrame, { type: 'subscribed' | 'error' }>

export const ticketOf = async (person: Person): Promise<string> =>
  (await as(person).post('/realtime/tickets')).body.ticket

/** Sockets of the market that are closed after each test. Call it at the top of the test file. */
export const useSockets = () => {
  const open: WebSocket[] = []
  afterEach(() => {
    for (const socket of open.splice(0)) socket.close()
  })

  /** Opens a socket; undefined when the server does not let it. */
  const connect = (ticket: string) =>
    new Promise<WebSocket | undefined>((tell) => {
      const socket = new WebSocket(`${baseUrl().replace('http', 'ws')}/realtime?ticket=${ticket}`)
      open.push(socket)
      socket.onopen = () => tell(socket)
      socket.onclose = () => tell(undefined)
    })

  /** A socket of somebody, with all that it was sent. */
  const listen = async (person: Person) => {
    const socket = await connect(await ticketOf(person))
    if (!socket) throw new Error(`the server opens no socket for ${person.email}`)
    return listener(socket)
  }

  return { connect, listen }
}

/** Every frame is held against the schema. */
const listener = (socket: WebSocket) => {
  const frames: ServerFrame[] = []
  socket.onmessage = ({ data }) => void frames.push(ServerFrame.parse(JSON.parse(String(data))))
  const say = (frame: unknown) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  const hears = (what: string, matches: (frame: ServerFrame) => unknown) =>
    eventually(what, async () => frames.find((frame) => matches(frame)))
  const events = () => frames.filter((frame): frame is EventFrame => frame.type === 'event')
  const pongs = () => frames.filter(({ type }) => type === 'pong').length
  return {
    socket,
    frames,
    say,
    hears,
    events,
    names: () => events().map(({ name }) => name),
    hearsEvent: (name: string) => eventually(name, async () => events().find((event) => event.name === name)),
    /** What the server answers; what was missed may come between. */
    subscribe: (topic: string, afterSeq?: number): Promise<Answer> => {
      const before = frames.length
      say({ type: 'subscribe', topic, afterSeq })
      const isAnswer = (frame: ServerFrame): frame is Answer =>
        (frame.type === 'subscribed' || frame.type === 'error') && frame.topic === topic
      return eventually(`an answer about ${topic}`, async () => frames.slice(before).find(isAnswer))
    },
    /** When a ping is answered, all that was on its way has come. */
    pinged: async () => {
      const before = pongs()
      say({ type: 'ping' })
      await eventually('a pong', async () => pongs() > before)
    },
    close: () => socket.close(),
  }
}
