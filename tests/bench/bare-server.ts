/**
 * The peer: what Bun and the driver do at best on this machine, with nothing of ours in between. `constant` answers the
 * same text; `select` reads one row by its primary key, over as many connections as our server has.
 *
 * bun bare-server.ts constant PORT | bun bare-server.ts select PORT DATABASE_URL POOL_MAX
 */
import postgres from 'postgres'

const [mode, port, databaseUrl, poolMax] = process.argv.slice(2)
const listener = { hostname: '127.0.0.1', port: Number(port) }

if (mode === 'constant') {
  Bun.serve({ ...listener, fetch: () => new Response('ok') })
} else {
  const sql = postgres(databaseUrl!, { max: Number(poolMax) })
  Bun.serve({
    ...listener,
    fetch: async ({ url }) => {
      const id = Number(url.slice(url.lastIndexOf('/') + 1))
      const [row] = await sql`select id, name, price_cents from bench_rows where id = ${id}`
      return Response.json(row)
    },
  })
}
