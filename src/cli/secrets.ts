/**
 * `bun run secrets:init [FILE]`: writes what docker-compose needs into FILE (.env), new values only, never over a file.
 * `bun run secrets:jwt add|use|drop FILE`: one step of changing the signing key in a file of keys (JWT_KEYS_FILE).
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { parseKeySet, type SigningKey } from '#core/config'
import { newSigningKey } from '#core/tokens'

const PASSWORD_BYTES = 24
const OWNER_ONLY = 0o600

const usage = () => {
  console.error('Usage: bun run secrets:init [FILE]\n       bun run secrets:jwt add|use|drop FILE')
  process.exit(2)
}

const password = () => Buffer.from(crypto.getRandomValues(new Uint8Array(PASSWORD_BYTES))).toString('base64url')

const today = () => new Date().toISOString().slice(0, 'YYYY-MM-DD'.length)

const init = (file = '.env') => {
  const passwords = ['POSTGRES_PASSWORD', 'REDIS_PASSWORD', 'REDIS_HTTP_TOKEN', 'GRAFANA_ADMIN_PASSWORD']
  const madeAt = Object.fromEntries([...passwords, 'JWT_KEYS'].map((name) => [name, today()]))
  const lines = [
    `# Made by bun run secrets:init on ${today()}. Keep it out of version control; .env.example says what else can be set.`,
    ...passwords.map((name) => `${name}=${password()}`),
    `JWT_KEYS='${keySetText([newSigningKey(new Date())])}'`,
    `SECRETS_MADE_AT='${JSON.stringify(madeAt)}'`,
  ]
  try {
    writeFileSync(file, `${lines.join('\n')}\n`, { mode: OWNER_ONLY, flag: 'wx' })
  } catch (error) {
    if ((error as { code?: string }).code !== 'EEXIST') throw error
    console.error(`${file} is there already and is left as it is. Move it away first, or name another file.`)
    process.exit(1)
  }
  console.log(`Wrote ${file}: ${passwords.join(', ')}, JWT_KEYS, SECRETS_MADE_AT.`)
}

const keySetText = (keys: readonly SigningKey[]) => JSON.stringify({ keys })

/** The first key signs, all verify: so that no replica meets a token of a key that it does not know yet. */
const STEPS: Record<string, (keys: SigningKey[]) => SigningKey[]> = {
  add: (keys) => [...keys, newSigningKey(new Date())],
  use: (keys) => [keys.at(-1)!, ...keys.slice(0, -1)],
  drop: (keys) => keys.slice(0, 1),
}

const NEXT: Record<string, string> = {
  add: 'When every replica has it (a minute for mounted secrets): secrets:jwt use',
  use: 'When the last token of the old key has expired (15 minutes): secrets:jwt drop',
  drop: 'Done.',
}

const jwt = (step: string | undefined, file: string | undefined) => {
  const change = STEPS[step ?? '']
  if (!change || !file) return usage()
  const before = parseKeySet(readFileSync(file, 'utf8'))
  if (step !== 'add' && before.length < 2) {
    console.error(`${file} holds one key only: begin with secrets:jwt add ${file}`)
    process.exit(1)
  }
  const after = change(before)
  replaceFile(file, keySetText(after))
  console.log(`${file}: ${after.map(({ kid }) => kid).join(', ')}; the first signs. ${NEXT[step!]}`)
}

/** Readers see the old text or the new one, never half of it. */
const replaceFile = (file: string, text: string) => {
  const fresh = `${file}.new`
  writeFileSync(fresh, text, { mode: OWNER_ONLY, flag: 'wx' })
  renameSync(fresh, file)
}

const [command, ...rest] = process.argv.slice(2)
if (command === 'init') init(rest[0])
else if (command === 'jwt') jwt(rest[0], rest[1])
else usage()
