import type { LatLng } from '#core/geo'

/** Made-up roads that every local server answers by: along the axes, so many seconds and metres a degree. */
export const secondsBetween = (from: LatLng, to: LatLng) => Math.round(axes(from, to) * 10_000)
export const metersBetween = (from: LatLng, to: LatLng) => Math.round(axes(from, to) * 100_000)
const axes = (from: LatLng, to: LatLng) => Math.abs(from.lat - to.lat) + Math.abs(from.lng - to.lng)

/** No road is near such a place. */
export const isAtSea = ({ lng }: LatLng) => lng < 11
/** Roads that lead to no other. */
export const isIsland = ({ lng }: LatLng) => lng > 13
export const isThereAWay = (from: LatLng, to: LatLng) =>
  !isAtSea(from) && !isAtSea(to) && isIsland(from) === isIsland(to)

/** What a server does with its next request instead of answering it. */
export type Mishap = { status: number; body?: unknown; headers?: Record<string, string> } | { text: string } | 'hang'

export type Seen = { path: string; search: URLSearchParams; headers: Headers; body: unknown }

export type TravelServer = {
  url: string
  seen: Seen[]
  /** What was asked otherwise than the protocol says. */
  faults: string[]
  /** From now on, until told otherwise. */
  mishap: (mishap: Mishap | undefined, times?: number) => void
  delayMs: number
  stop: () => Promise<void>
}

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: unknown,
    /** Something that may well be asked. */
    readonly isAnswer = false,
  ) {
    super(JSON.stringify(body))
  }
}

/** Throw a Refusal from `answer` for what the protocol refuses. */
export const startTravelServer = (answer: (seen: Seen, method: string) => unknown): TravelServer => {
  let mishap: Mishap | undefined
  let mishapsLeft = 0
  const hanging = new Set<() => void>()
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    idleTimeout: 0,
    fetch: async (request) => {
      const { pathname, searchParams } = new URL(request.url)
      const body = request.method === 'POST' ? await request.json() : undefined
      const seen = { path: decodeURIComponent(pathname), search: searchParams, headers: request.headers, body }
      self.seen.push(seen)
      if (self.delayMs > 0) await Bun.sleep(self.delayMs)
      if (mishap !== undefined && mishapsLeft-- > 0) {
        if (mishap === 'hang') await new Promise<void>((resolve) => hanging.add(resolve))
        else if ('text' in mishap) return new Response(mishap.text, { headers: { 'content-type': 'application/json' } })
        else return Response.json(mishap.body ?? {}, { status: mishap.status, headers: mishap.headers })
      }
      try {
        return Response.json(answer(seen, request.method))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (!error.isAnswer) self.faults.push(error.message)
        return Response.json(error.body, { status: error.status })
      }
    },
  })
  const self: TravelServer = {
    url: `http://127.0.0.1:${server.port}`,
    seen: [],
    faults: [],
    delayMs: 0,
    mishap: (next, times = Number.POSITIVE_INFINITY) => {
      mishap = next
      mishapsLeft = times
    },
    stop: async () => {
      for (const release of hanging) release()
      await server.stop(true)
    },
  }
  return self
}

/** A server that begins each answer and goes away. */
export const startCutServer = () => {
  const listener = Bun.listen({
    port: 0,
    hostname: '127.0.0.1',
    socket: {
      data: (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"code":"O')
        socket.end()
      },
    },
  })
  return { url: `http://127.0.0.1:${listener.port}`, stop: () => listener.stop(true) }
}
