/**
 * What an ingress is in production, for tests: one address that hands each request on by its path, HTTP and WebSocket.
 * Whoever is away answers 502; what processes ask of each other is not for the outside.
 */
import type { ServerWebSocket } from 'bun'

/** Longest prefix first; the first that fits takes the request. Without a target it is a 404. */
export type PathRule = { prefix: string; target: () => string | undefined }

type Line = { url: string; upstream: WebSocket; early: (string | Buffer)[] }

const connectSeconds = 5
/** Codes that only an endpoint itself may say; a proxy that is told one says that the service restarts. */
const closeCodeOf = (code: number) => (code === 1000 || (code >= 3000 && code <= 4999) || isSayable(code) ? code : 1012)
const isSayable = (code: number) => code >= 1001 && code <= 1014 && ![1004, 1005, 1006].includes(code)

export const startPathRouter = (rules: readonly PathRule[]) => {
  const lines = new Set<ServerWebSocket<Line>>()
  const server = Bun.serve<Line>({
    hostname: '127.0.0.1',
    port: 0,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    idleTimeout: 60,
    fetch: async (request, self) => {
      const { pathname, search } = new URL(request.url)
      const target = rules.find(({ prefix }) => pathname === prefix || pathname.startsWith(`${prefix}/`))?.target()
      if (!target) return new Response('nothing is served at this path', { status: 404 })
      const url = `${target}${pathname}${search}`
      if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') return handOn(request, url)
      // Only once the other side has said yes: who is refused there is refused here.
      const data = await openLine(url.replace('http', 'ws'))
      if (!data) return new Response('the socket was refused', { status: 502 })
      if (self.upgrade(request, { data })) return
      data.upstream.close()
      return new Response('no socket', { status: 400 })
    },
    websocket: {
      open: (socket) => {
        lines.add(socket)
        const { upstream, early } = socket.data
        for (const message of early.splice(0)) socket.send(message)
        upstream.onmessage = ({ data }) => void socket.send(data)
        upstream.onclose = ({ code, reason }) => socket.close(closeCodeOf(code), reason)
        if (upstream.readyState !== WebSocket.OPEN) socket.close(1012)
      },
      message: ({ data }, message) => void data.upstream.send(message),
      close: (socket, code) => {
        lines.delete(socket)
        socket.data.upstream.close(closeCodeOf(code) === 1012 ? 1000 : closeCodeOf(code))
      },
    },
  })
  return {
    base: `http://127.0.0.1:${server.port}`,
    stop: async () => {
      for (const { data } of lines) data.upstream.terminate()
      await server.stop(true)
    },
  }
}

/** Bytes as they are: neither redirects nor compression are the router's business. */
const handOn = async (request: Request, url: string) => {
  const headers = new Headers(request.headers)
  headers.delete('host')
  try {
    const body = request.body ? await request.arrayBuffer() : undefined
    return await fetch(url, { method: request.method, headers, body, redirect: 'manual', decompress: false })
  } catch (error) {
    return new Response(`the service is away: ${(error as { code?: string }).code}`, { status: 502 })
  }
}

/** An open socket to the other side, or nothing if it says no. */
const openLine = (url: string): Promise<Line | undefined> =>
  new Promise((resolve) => {
    const upstream = new WebSocket(url)
    const line: Line = { url, upstream, early: [] }
    const timer = setTimeout(() => upstream.terminate(), connectSeconds * 1000)
    const settle = (outcome: Line | undefined) => {
      clearTimeout(timer)
      resolve(outcome)
    }
    upstream.onmessage = ({ data }) => void line.early.push(data)
    upstream.onopen = () => settle(line)
    upstream.onclose = () => settle(undefined)
  })
