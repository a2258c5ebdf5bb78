import { createServer, type Socket } from 'node:net'

export type Call = { mode: PostMode; atMs: number; mail: string }
/** yes: takes it. no: refuses it for now. silent: takes the text and does not say whether it has it. */
export type PostMode = 'yes' | 'no' | 'silent'

/** As little of RFC 5321 as nodemailer needs; keeps each mail that reached its end, and how it answered. */
export const openPostOffice = async () => {
  const calls: Call[] = []
  const sockets = new Set<Socket>()
  const held: (() => void)[] = []
  let mode: PostMode = 'yes'

  const talk = (socket: Socket) => {
    sockets.add(socket)
    let rest = ''
    let text: string | undefined
    const say = (line: string) => socket.write(`${line}\r\n`)
    const obey = (line: string) => {
      if (text === undefined) {
        if (/^DATA/i.test(line)) text = ''
        return say(/^DATA/i.test(line) ? '354 go on' : /^QUIT/i.test(line) ? '221 bye' : '250 ok')
      }
      if (line !== '.') {
        text += `${line}\n`
        return
      }
      calls.push({ mode, atMs: performance.now(), mail: text })
      text = undefined
      if (mode === 'yes') say('250 taken')
      if (mode === 'no') say('451 try again later')
      if (mode === 'silent') held.push(() => say('250 taken after all'))
    }
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\r\n')
      rest = lines.pop()!
      lines.forEach(obey)
    })
    // A caller that is killed resets its connection; that is what it is for.
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    say('220 post.test ESMTP')
  }

  const server = createServer(talk)
  await new Promise<void>((open) => server.listen(0, '127.0.0.1', open))
  const { port } = server.address() as { port: number }
  return {
    url: `smtp://127.0.0.1:${port}`,
    calls,
    answer: (next: PostMode) => {
      mode = next
    },
    /** Says yes to whom it has kept waiting. */
    relent: () => {
      for (const say of held.splice(0)) say()
    },
    callsFor: (to: string) => calls.filter(({ mail }) => mail.includes(`To: ${to}`)),
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
