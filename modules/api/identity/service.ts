import { addSeconds } from '#core/clock'
import { config } from '#core/config'
import { brokenConstraint, database, type Sql } from '#core/database'
import { announceDeleted, rememberDeleted } from '#core/deleted-accounts'
import { chefTopic, recordEvent } from '#core/events'
import { hashToken, newId, newSecretToken } from '#core/ids'
import { queueMail } from '#core/mail'
import { positions } from '#core/positions'
import { conflict, notFound, Problem, unauthenticated } from '#core/problem'
import { assertBelow, clearUses, countUse, type RateLimit } from '#core/rate-limit'
import { type Actor, signAccessToken } from '#core/tokens'
import { checkPassword, hashPassword } from './passwords.ts'
import * as queries from './queries.ts'
import type { Credentials, Registration, Session, User, UserChange } from './schema.ts'

const REFRESH_TOKEN_SECONDS = 7 * 24 * 3600
const VERIFY_EMAIL_SECONDS = 3 * 24 * 3600
const RESET_PASSWORD_SECONDS = 3600

const REGISTRATIONS: RateLimit = { name: 'register', max: 20, windowSeconds: 3600 }
const FORGOTTEN: RateLimit = { name: 'forgot-password', max: 5, windowSeconds: 3600 }
const FAILURES_OF_ACCOUNT: RateLimit = { name: 'login-account', max: 10, windowSeconds: 900 }
const FAILURES_OF_ADDRESS: RateLimit = { name: 'login-address', max: 200, windowSeconds: 900 }

export const register = async (registration: Registration, address: string, now: Date): Promise<Session> => {
  await countUse(REGISTRATIONS, address)
  const { password, phoneNumber = null, ...person } = registration
  const passwordHash = await hashPassword(password)
  return translateTaken(() =>
    database.begin(async (tx) => {
      const user = await queries.insertUser(tx, { ...person, id: newId(), phoneNumber, passwordHash, createdAt: now })
      await sendEmailToken(tx, user, 'verify-email', now)
      return startSession(tx, user, now)
    }),
  )
}

const translateTaken = async <T>(run: () => Promise<T>) => {
  try {
    return await run()
  } catch (error) {
    if (brokenConstraint(error) === 'users_email_key')
      throw conflict('email-taken', 'There is an account with this email.')
    throw error
  }
}

export const login = async ({ email, password }: Credentials, address: string, now: Date): Promise<Session> => {
  const user = await queries.findUserByEmail(database.sql, email)
  const matches = await checkPassword(password, user?.passwordHash, async () => {
    await assertBelow(FAILURES_OF_ACCOUNT, email)
    await assertBelow(FAILURES_OF_ADDRESS, address)
  })
  if (!user || !matches) {
    await countFailure(FAILURES_OF_ACCOUNT, email)
    await countFailure(FAILURES_OF_ADDRESS, address)
    throw new Problem(401, 'wrong-credentials', 'The email or the password is wrong.')
  }
  await clearUses(FAILURES_OF_ACCOUNT, email)
  return startSession(database.sql, user, now)
}

/** The failure that reaches the limit still gets its own answer; the next attempt is refused. */
const countFailure = (limit: RateLimit, who: string) =>
  countUse({ ...limit, max: Number.MAX_SAFE_INTEGER }, who, { always: true })

/** A new pair for an old refresh token. One that was used before is stolen or copied: its whole family ends. */
export const refresh = async (refreshToken: string, now: Date) => {
  const hash = hashToken(refreshToken)
  const pair = await database.begin(async (tx) => {
    const known = await queries.lockRefreshToken(tx, hash)
    if (!known || known.revokedAt || Date.parse(known.expiresAt) <= now.getTime()) return undefined
    if (known.usedAt) {
      await queries.revokeFamily(tx, known.familyId, now)
      return undefined
    }
    await queries.markRefreshTokenUsed(tx, hash, now)
    return issueTokens(tx, { userId: known.userId, role: known.role }, known.familyId, now)
  })
  if (!pair) throw unauthenticated('The refresh token is expired, used or not valid. Sign in again.')
  return pair
}

export const logout = async (refreshToken: string, now: Date) =>
  database.begin(async (tx) => {
    const known = await queries.lockRefreshToken(tx, hashToken(refreshToken))
    if (known) await queries.revokeFamily(tx, known.familyId, now)
  })

export const verifyEmail = (token: string, now: Date) =>
  database.begin(async (tx) => {
    const userId = await queries.takeEmailToken(tx, hashToken(token), 'verify-email', now)
    if (!userId) throw badToken()
    await queries.markEmailVerified(tx, userId, now)
  })

/** Says nothing about whether there is such an account. */
export const forgotPassword = async (email: string, now: Date) => {
  await countUse(FORGOTTEN, email)
  await database.begin(async (tx) => {
    const user = await queries.findUserByEmail(tx, email)
    if (user) await sendEmailToken(tx, user, 'reset-password', now)
  })
}

export const resetPassword = async (token: string, password: string, now: Date) => {
  const passwordHash = await hashPassword(password)
  const email = await database.begin(async (tx) => {
    const userId = await queries.takeEmailToken(tx, hashToken(token), 'reset-password', now)
    if (!userId) throw badToken()
    await queries.setPasswordHash(tx, userId, passwordHash)
    await queries.voidEmailTokens(tx, userId, 'reset-password', now)
    await queries.revokeAllOfUser(tx, userId, now)
    return (await queries.findUser(tx, userId))?.email
  })
  if (email) await clearUses(FAILURES_OF_ACCOUNT, email)
}

const badToken = () =>
  new Problem(422, 'token-not-valid', 'The token is expired, used or not valid. Ask for a new one.')

export const getMe = async ({ userId }: Actor): Promise<User> => {
  const user = await queries.findUser(database.sql, userId)
  if (!user) throw notFound('user')
  return userOf(user)
}

export const changeMe = async ({ userId }: Actor, change: UserChange): Promise<User> => {
  const user = await queries.updateUser(database.sql, userId, change)
  if (!user) throw notFound('user')
  return userOf(user)
}

export const exportMe = async ({ userId }: Actor, now: Date, sql: Sql = database.sql) => {
  const user = await queries.findUser(sql, userId)
  if (!user) throw notFound('user')
  return {
    user: userOf(user),
    exportedAt: now.toISOString(),
    orders: [...(await queries.personalOrders(sql, userId))],
    chef: await queries.personalChef(sql, userId),
    driver: await queries.personalDriver(sql, userId),
  }
}

/** Ends the account and hands over its data, in one transaction. Refused while an order of it is under way. */
export const deleteMe = async (actor: Actor, now: Date) => {
  const data = await database.begin(async (tx) => {
    const last = await exportMe(actor, now, tx)
    if (await queries.hasOpenOrders(tx, actor.userId)) {
      throw conflict('orders-open', 'An order of this account is still under way. Try again when it is over.')
    }
    await queries.eraseUser(tx, actor.userId, now)
    await queries.revokeAllOfUser(tx, actor.userId, now)
    await announceDeleted(tx, actor.userId, now)
    if (last.chef) await announceClosing(tx, String(last.chef.id), now)
    return last
  })
  rememberDeleted(actor.userId)
  if (data.driver) await positions.remove(String(data.driver.id))
  return data
}

/** So that every process forgets what it keeps of the kitchen. */
const announceClosing = (tx: Sql, chefId: string, now: Date) =>
  recordEvent(tx, { topics: [chefTopic(chefId)], type: 'chef.changed', data: { chefId }, occurredAt: now })

export const userOf = (row: queries.UserRow): User => ({
  id: row.id,
  email: row.email,
  firstName: row.firstName,
  lastName: row.lastName,
  phoneNumber: row.phoneNumber,
  role: row.role,
  emailVerified: row.emailVerifiedAt !== null,
  createdAt: row.createdAt,
})

const startSession = async (sql: Sql, user: queries.UserRow, now: Date): Promise<Session> => ({
  user: userOf(user),
  ...(await issueTokens(sql, { userId: user.id, role: user.role }, newId(), now)),
})

const issueTokens = async (sql: Sql, actor: Actor, familyId: string, now: Date) => {
  const { token, hash } = newSecretToken()
  const expiresAt = addSeconds(now, REFRESH_TOKEN_SECONDS)
  await queries.insertRefreshToken(sql, { hash, familyId, userId: actor.userId, now, expiresAt })
  return { accessToken: await signAccessToken(actor), refreshToken: token }
}

const MAILS = {
  'verify-email': { subject: 'Confirm your email', path: 'verify-email', seconds: VERIFY_EMAIL_SECONDS },
  'reset-password': { subject: 'Choose a new password', path: 'reset-password', seconds: RESET_PASSWORD_SECONDS },
} as const

const sendEmailToken = async (tx: Sql, user: queries.UserRow, purpose: queries.EmailPurpose, now: Date) => {
  const { subject, path, seconds } = MAILS[purpose]
  const { token, hash } = newSecretToken()
  await queries.insertEmailToken(tx, { hash, userId: user.id, purpose, expiresAt: addSeconds(now, seconds) })
  const link = `${config().PUBLIC_URL}/${path}#token=${token}`
  const body = `Hello ${user.firstName},\n\n${subject}: ${link}\n\nIf you did not ask for this, ignore this mail.\n`
  await queueMail(tx, { to: user.email, subject, body })
}
