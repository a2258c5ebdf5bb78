/**
 * What a Service of a cluster is, for tests: one address, whose connections are each handed to one replica that is ready.
 * It knows only what a cluster knows: readiness is polled, and a change takes effect some time after it was seen. It
 * never tries again, and a connection stays where it was once handed, as connections do.
 */
import { connect, createServer, type Socket } from 'node:net'

export type Endpoint = { port: number }

type Watched = Endpoint & { isReady: boolean; takesNew: boolean; handed: number; refused: number }

const pollMs = 200
/** Until every node of a cluster has heard of a change. */
const lagMs = 500
const probeTimeoutMs = 2_000

export type LoadBalancer = Awaited<ReturnType<typeof startLoadBalancer>>

export const startLoadBalancer = async () => {
  const watched = new Map<Endpoint, Watched>()
  const open = new Set<Socket>()
  let turn = 0
  let isOver = false

  const probe = async (one: Watched) => {
    const isReady = await fetch(`http://127.0.0.1:${one.port}/health/ready`, {
      signal: AbortSignal.timeout(probeTimeoutMs),
      // The kubelet's probes open a connection each.
      keepalive: false,
    }).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isReady === one.isReady) return
    one.isReady = isReady
    setTimeout(() => {
      one.takesNew = isReady
    }, lagMs)
  }

  const polling = (async () => {
    while (!isOver) {
      await Promise.all([...watched.values()].map(probe))
      await Bun.sleep(pollMs)
    }
  })()

  const server = createServer((client) => {
    const ready = [...watched.values()].filter(({ takesNew }) => takesNew)
    const chosen = ready[turn++ % Math.max(1, ready.length)]
    if (!chosen) return void client.resetAndDestroy()
    chosen.handed++
    const upstream = connect(chosen.port, '127.0.0.1')
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(one)
      one.setNoDelay(true)
      one.pipe(other)
      one.on('error', (error: { code?: string }) => {
        if (one === upstream && error.code === 'ECONNREFUSED') chosen.refused++
        other.destroy()
      })
      one.on('close', () => {
        open.delete(one)
        other.destroySoon()
      })
    }
  })
  await new Promise<void>((accept) => server.listen(0, '127.0.0.1', accept))
  const { port } = server.address() as { port: number }

  return {
    base: `http://127.0.0.1:${port}`,
    watch: (endpoint: Endpoint) => {
      watched.set(endpoint, { port: endpoint.port, isReady: false, takesNew: false, handed: 0, refused: 0 })
    },
    /** It is gone: nobody asks any more. */
    forget: (endpoint: Endpoint) => void watched.delete(endpoint),
    takesNew: (endpoint: Endpoint) => watched.get(endpoint)?.takesNew ?? false,
    /** How many connections each replica was handed, and how many it refused. */
    counts: (endpoint: Endpoint) => {
      const { handed = 0, refused = 0 } = watched.get(endpoint) ?? {}
      return { handed, refused }
    },
    stop: async () => {
      isOver = true
      for (const socket of open) socket.destroy()
      server.close()
      await polling
    },
  }
}
