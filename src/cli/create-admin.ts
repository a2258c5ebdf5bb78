/** `bun run admin:create EMAIL FIRST LAST`: an admin account at DATABASE_URL; the password comes on standard input. */
import { z } from 'zod'
import { commandSettings } from '#core/config'
import { brokenConstraint, connect } from '#core/database'
import { newId } from '#core/ids'
import { Email, Text } from '#core/schema'
import { ARGON2ID } from '#modules/api/identity/passwords'

const PASSWORD_LENGTH_MIN = 12

const Arguments = z.tuple([Email, Text(80), Text(80)])

const parsed = Arguments.safeParse(process.argv.slice(2))
const { databaseUrl: url } = commandSettings()
if (!parsed.success || !url) {
  console.error('Usage: DATABASE_URL=... bun run admin:create EMAIL FIRST LAST < password-file')
  process.exit(2)
}
const password = (await Bun.stdin.text()).replace(/\r?\n$/, '')
if (password.length < PASSWORD_LENGTH_MIN) {
  console.error(`The password on standard input must have at least ${PASSWORD_LENGTH_MIN} characters.`)
  process.exit(2)
}

const [email, firstName, lastName] = parsed.data
const passwordHash = await Bun.password.hash(password, ARGON2ID)
const sql = connect({ url, poolMax: 1, statementTimeoutMs: 10_000, lockTimeoutMs: 5_000 })
try {
  const now = new Date()
  await sql`
    insert into users (id, email, password_hash, first_name, last_name, role, email_verified_at, created_at)
    values (${newId()}, ${email}, ${passwordHash}, ${firstName}, ${lastName}, 'admin', ${now}, ${now})`
  console.log(`${email} is an admin now.`)
} catch (error) {
  const taken = brokenConstraint(error) === 'users_email_key'
  console.error(taken ? 'There is an account with this email already.' : `Not created: ${(error as Error).message}`)
  process.exitCode = 1
} finally {
  await sql.end({ timeout: 5 })
}
