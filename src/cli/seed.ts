/** `bun run db:seed`: the demo city into the database at DATABASE_URL. Refused in production. */
import { commandSettings } from '#core/config'
import { connect } from '#core/database'
import { seedDemoCity } from '../demo/seed.ts'

const { databaseUrl: url, isProduction } = commandSettings()
if (isProduction) {
  console.error('The demo accounts have a known password: refused with NODE_ENV=production.')
  process.exit(2)
}
if (!url) {
  console.error('Set DATABASE_URL to the database to fill. (bun dev seeds its embedded one by itself.)')
  process.exit(2)
}

const STATEMENT_TIMEOUT_MS = 60_000
const sql = connect({ url, poolMax: 1, statementTimeoutMs: STATEMENT_TIMEOUT_MS, lockTimeoutMs: STATEMENT_TIMEOUT_MS })
try {
  const seeded = await seedDemoCity(sql, new Date())
  console.log(seeded ? 'The demo city is in the database.' : 'The demo city was there already.')
} finally {
  await sql.end({ timeout: 5 })
}
