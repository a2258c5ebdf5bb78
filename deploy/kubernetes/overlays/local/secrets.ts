/**
 * `bun deploy/kubernetes/overlays/local/secrets.ts [FOLDER]`: makes the secrets of a laptop's cluster, new values only,
 * never over a file. `kubectl apply -k` reads them from the folder `secrets` beside this file, which git ignores.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newSigningKey } from '#core/tokens'

const PASSWORD_BYTES = 24
const OWNER_ONLY = { file: 0o600, folder: 0o700 }

// Letters and digits only: it stands in addresses.
const password = () => Buffer.from(crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES))).toString('hex')

const folder = process.argv[2] ?? join(import.meta.dir, 'secrets')
const [postgres, redis, token] = [password(), password(), password()]
const now = new Date()
const databaseUrl = `postgres://ridendine:${postgres}@postgres:5432/ridendine`
const madeOn = now.toISOString().slice(0, 'YYYY-MM-DD'.length)
const madeAt = { DATABASE_URL: madeOn, JWT_KEYS: madeOn, UPSTASH_REDIS_REST_TOKEN: madeOn }

const files: Record<string, Record<string, string>> = {
  'ridendine.env': {
    DATABASE_URL: databaseUrl,
    JWT_KEYS: JSON.stringify({ keys: [newSigningKey(now)] }),
    UPSTASH_REDIS_REST_TOKEN: token,
    SECRETS_MADE_AT: JSON.stringify(madeAt),
    STRIPE_WEBHOOK_SECRET: '',
    SMTP_URL: '',
  },
  'ridendine-migrate.env': { DATABASE_URL: databaseUrl },
  'postgres.env': { password: postgres },
  'redis.env': {
    'redis-auth.conf': `requirepass ${redis}`,
    'connection-string': `redis://:${redis}@redis:6379`,
    token,
  },
}

mkdirSync(folder, { recursive: true, mode: OWNER_ONLY.folder })
for (const [name, values] of Object.entries(files)) {
  const text = Object.entries(values).map(([key, value]) => `${key}=${value}\n`)
  try {
    writeFileSync(join(folder, name), text.join(''), { mode: OWNER_ONLY.file, flag: 'wx' })
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
    console.error(`${join(folder, name)} is there already. Move the folder away first: these secrets belong together.`)
    process.exit(1)
  }
}
console.log(`Wrote ${Object.keys(files).join(', ')} to ${folder}.`)
