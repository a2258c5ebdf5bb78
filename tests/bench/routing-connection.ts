/** One keep-alive connection that asks and waits, with Nagle's algorithm off: what is measured is the server. */
export type Connection = {
  /** The body of the answer, once it has come whole; throws when it is not a 200. */
  get(path: string): Promise<string>
  close(): void
}

const HEAD_END = Buffer.from('\r\n\r\n')

export const openConnection = async (url: string): Promise<Connection> => {
  const { hostname, port, host } = new URL(url)
  let received: Buffer[] = []
  let expected = Infinity
  let size = 0
  let settle: { resolve: (body: string) => void; reject: (error: Error) => void } | undefined
  const finish = () => {
    const answer = Buffer.concat(received)
    const bodyFrom = answer.indexOf(HEAD_END) + HEAD_END.length
    const isGood = answer.subarray(9, 12).toString() === '200'
    const body = answer.subarray(bodyFrom).toString()
    received = []
    size = 0
    expected = Infinity
    if (isGood) settle?.resolve(body)
    else settle?.reject(new Error(answer.toString()))
  }
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data: (_, chunk) => {
        received.push(chunk)
        size += chunk.length
        if (expected === Infinity) {
          const head = received.length === 1 ? chunk : Buffer.concat(received)
          const end = head.indexOf(HEAD_END)
          if (end === -1) return
          const length = /\r\ncontent-length: (\d+)/i.exec(head.subarray(0, end).toString())
          if (!length) return settle?.reject(new Error('an answer without content-length'))
          expected = end + HEAD_END.length + Number(length[1])
        }
        if (size >= expected) finish()
      },
      close: () => settle?.reject(new Error('the server has closed the connection')),
      error: (_, error) => settle?.reject(error),
    },
  })
  socket.setNoDelay(true)
  return {
    get: (path) =>
      new Promise((resolve, reject) => {
        settle = { resolve, reject }
        socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: keep-alive\r\n\r\n`)
      }),
    close: () => {
      settle = undefined
      socket.end()
    },
  }
}
