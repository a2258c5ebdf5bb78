import type { Sql } from '#core/database'
import type { Role } from '#core/tokens'

export type UserRow = {
  id: string
  email: string
  passwordHash: string
  firstName: string
  lastName: string
  phoneNumber: string | null
  role: Role
  emailVerifiedAt: string | null
  createdAt: string
}

type NewUser = Omit<UserRow, 'emailVerifiedAt' | 'createdAt'> & { createdAt: Date; emailVerifiedAt?: Date | null }

export const insertUser = async (sql: Sql, user: NewUser): Promise<UserRow> => {
  const [row] = await sql<UserRow[]>`
    insert into users (id, email, password_hash, first_name, last_name, phone_number, role, email_verified_at, created_at)
    values (${user.id}, ${user.email}, ${user.passwordHash}, ${user.firstName}, ${user.lastName}, ${user.phoneNumber},
      ${user.role}, ${user.emailVerifiedAt ?? null}, ${user.createdAt})
    returning *`
  return row!
}

export const findUserByEmail = async (sql: Sql, email: string) => {
  const [row] = await sql<UserRow[]>`select * from users where email = ${email} and deleted_at is null`
  return row
}

export const findUser = async (sql: Sql, id: string) => {
  const [row] = await sql<UserRow[]>`select * from users where id = ${id} and deleted_at is null`
  return row
}

export const updateUser = async (
  sql: Sql,
  id: string,
  change: { firstName?: string; lastName?: string; phoneNumber?: string | null },
) => {
  const [row] = await sql<UserRow[]>`
    update users set
      first_name = coalesce(${change.firstName ?? null}, first_name),
      last_name = coalesce(${change.lastName ?? null}, last_name),
      phone_number = case when ${change.phoneNumber !== undefined} then ${change.phoneNumber ?? null} else phone_number end
    where id = ${id} and deleted_at is null returning *`
  return row
}

export const insertRefreshToken = (
  sql: Sql,
  token: { hash: Buffer; familyId: string; userId: string; now: Date; expiresAt: Date },
) => sql`
  insert into refresh_tokens (token_hash, family_id, user_id, created_at, expires_at)
  values (${token.hash}, ${token.familyId}, ${token.userId}, ${token.now}, ${token.expiresAt})`

type RefreshTokenRow = {
  familyId: string
  userId: string
  role: Role
  expiresAt: string
  usedAt: string | null
  revokedAt: string | null
}

export const lockRefreshToken = async (sql: Sql, hash: Buffer) => {
  const [row] = await sql<RefreshTokenRow[]>`
    select t.family_id, t.user_id, u.role, t.expires_at, t.used_at, t.revoked_at
    from refresh_tokens t join users u on u.id = t.user_id and u.deleted_at is null
    where t.token_hash = ${hash} for update of t`
  return row
}

export const markRefreshTokenUsed = (sql: Sql, hash: Buffer, now: Date) =>
  sql`update refresh_tokens set used_at = ${now} where token_hash = ${hash}`

export const revokeFamily = (sql: Sql, familyId: string, now: Date) =>
  sql`update refresh_tokens set revoked_at = ${now} where family_id = ${familyId} and revoked_at is null`

export const revokeAllOfUser = (sql: Sql, userId: string, now: Date) =>
  sql`update refresh_tokens set revoked_at = ${now} where user_id = ${userId} and revoked_at is null`

export type EmailPurpose = 'verify-email' | 'reset-password'

export const insertEmailToken = (
  sql: Sql,
  token: { hash: Buffer; userId: string; purpose: EmailPurpose; expiresAt: Date },
) => sql`
  insert into email_tokens (token_hash, user_id, purpose, expires_at)
  values (${token.hash}, ${token.userId}, ${token.purpose}, ${token.expiresAt})`

/** Uses up a token, once. Undefined when it is unknown, used or expired. */
export const takeEmailToken = async (sql: Sql, hash: Buffer, purpose: EmailPurpose, now: Date) => {
  const [row] = await sql<{ userId: string }[]>`
    update email_tokens set used_at = ${now}
    where token_hash = ${hash} and purpose = ${purpose} and used_at is null and expires_at > ${now}
    returning user_id`
  return row?.userId
}

export const voidEmailTokens = (sql: Sql, userId: string, purpose: EmailPurpose, now: Date) =>
  sql`update email_tokens set used_at = ${now} where user_id = ${userId} and purpose = ${purpose} and used_at is null`

export const markEmailVerified = (sql: Sql, userId: string, now: Date) =>
  sql`update users set email_verified_at = coalesce(email_verified_at, ${now}) where id = ${userId}`

export const setPasswordHash = (sql: Sql, userId: string, passwordHash: string) =>
  sql`update users set password_hash = ${passwordHash} where id = ${userId}`

/** Whether the account is part of an order that is not over: it cannot be deleted yet. */
export const hasOpenOrders = async (sql: Sql, userId: string): Promise<boolean> => {
  const [row] = await sql<{ open: boolean }[]>`
    select exists (
      select from orders o
      left join chefs c on c.id = o.chef_id
      left join deliveries d on d.order_id = o.id
      left join drivers v on v.id = d.driver_id
      where o.status not in ('delivered', 'rejected', 'cancelled', 'refunded')
        and (o.customer_id = ${userId} or c.user_id = ${userId} or v.user_id = ${userId})) as open`
  return row!.open
}

/** Empties the account of personal data. Orders keep what bookkeeping needs: their numbers, not the person. */
export const eraseUser = async (sql: Sql, userId: string, now: Date) => {
  await sql`delete from jobs where queue = 'mail' and data ->> 'to' = (select email from users where id = ${userId})`
  await sql`
    update users set email = ${`deleted-${userId}@invalid`}, password_hash = '', first_name = 'Deleted', last_name = 'user',
      phone_number = null, deleted_at = ${now} where id = ${userId}`
  await sql`
    update orders set street = '', postal_code = '', delivery_instructions = null,
      items = (select jsonb_agg(item || '{"notes": null}' order by place)
        from jsonb_array_elements(items) with ordinality as line (item, place)),
      dropoff = point(round(dropoff[0]::numeric, 2)::float8, round(dropoff[1]::numeric, 2)::float8)
    where customer_id = ${userId}`
  await sql`
    update chefs set verification_status = 'suspended', street = '', description = '',
      location = point(round(location[0]::numeric, 2)::float8, round(location[1]::numeric, 2)::float8)
    where user_id = ${userId}`
  await sql`
    update drivers set verification_status = 'suspended', is_available = false, license_plate = null
    where user_id = ${userId}`
  await sql`delete from driver_positions where driver_id in (select id from drivers where user_id = ${userId})`
  await sql`delete from road_speed_cursors where driver_id in (select id from drivers where user_id = ${userId})`
  await sql`delete from quotes where customer_id = ${userId}`
  await sql`delete from idempotency_keys where user_id = ${userId}`
}

export const personalOrders = (sql: Sql, userId: string) => sql<Record<string, unknown>[]>`
  select id, order_number, status, items, total_cents, currency, street, city, postal_code, delivery_instructions,
    created_at, delivered_at
  from orders where customer_id = ${userId} order by id`

export const personalChef = async (sql: Sql, userId: string) => {
  const [row] = await sql<Record<string, unknown>[]>`
    select id, name, description, cuisines, street, city, postal_code, location[1] as lat, location[0] as lng, hours,
      verification_status, created_at
    from chefs where user_id = ${userId}`
  return row ?? null
}

export const personalDriver = async (sql: Sql, userId: string) => {
  const [row] = await sql<Record<string, unknown>[]>`
    select d.id, vehicle_type, license_plate, verification_status, d.created_at, p.fix as last_position
    from drivers d left join driver_positions p on p.driver_id = d.id where d.user_id = ${userId}`
  return row ?? null
}
