import { LRUCache } from 'lru-cache'
import { brokenConstraint, database, type Sql } from '#core/database'
import { assertNotDeleted } from '#core/deleted-accounts'
import { driverTopic, recordEvent } from '#core/events'
import { coarsen } from '#core/geo'
import { Id, newId } from '#core/ids'
import { decodeCursor, type Page, pageFrom } from '#core/pagination'
import { positions } from '#core/positions'
import { conflict, invalid, notFound, Problem } from '#core/problem'
import type { Actor } from '#core/tokens'
import { dispatch } from '#modules/dispatch/index'
import type { VerificationList, VerificationStatus } from '../chefs/schema.ts'
import * as queries from './queries.ts'
import type { Availability, Driver, DriverChange, FixInput, NewDriver, Suggestion } from './schema.ts'

export const registerDriver = async (actor: Actor, driver: NewDriver, now: Date): Promise<Driver> => {
  try {
    await queries.insertDriver(database.sql, { ...driver, id: newId(), userId: actor.userId, now })
  } catch (error) {
    if (brokenConstraint(error) === 'drivers_user_id_key')
      throw conflict('driver-exists', 'This account is a driver already.')
    throw error
  }
  return getProfile(actor)
}

export const getProfile = async (actor: Actor): Promise<Driver> => {
  const row = await queries.findDriverOfUser(database.sql, actor.userId)
  if (!row) throw notFound('driver')
  return driverOf(row)
}

/** Where I had better wait, if that is known. */
export const getSuggestion = async (actor: Actor, now: Date): Promise<Suggestion> => {
  const driverId = await queries.findDriverId(database.sql, actor.userId)
  if (!driverId) throw notFound('driver')
  const row = await queries.findSuggestion(database.sql, driverId, now)
  if (!row) return { suggestion: null }
  const { name, reason, expiresAt } = row
  return { suggestion: { kitchen: name, location: coarsen(row), reason, expiresAt } }
}

export const changeProfile = async (actor: Actor, change: DriverChange): Promise<Driver> => {
  const row = await queries.findDriverOfUser(database.sql, actor.userId)
  if (!row) throw notFound('driver')
  await queries.updateDriver(database.sql, row.id, change)
  return getProfile(actor)
}

/** Who stops working gives an open offer back, so that somebody else gets it at once. */
export const setAvailability = async (actor: Actor, change: Availability, now: Date): Promise<Driver> => {
  const { isAvailable, until } = change
  if (until && Date.parse(until) <= now.getTime()) throw invalid('until', 'lies in the past')
  const driver = await queries.findDriverOfUser(database.sql, actor.userId)
  if (!driver) throw notFound('driver')
  const openOfferId = await database.begin(async (tx) => {
    const changed = await queries.setAvailability(tx, actor.userId, change, now)
    if (!changed) throw conflict('driver-not-approved', 'An admin has not approved this driver yet.')
    await announce(tx, driver.id, 'driver.availability_changed', { isAvailable }, now)
    return changed.openOfferId
  })
  if (!isAvailable && openOfferId) await giveBack(actor, openOfferId, now)
  return getProfile(actor)
}

/** An offer that has just run out, or was taken back, need not be given back. */
const giveBack = async (actor: Actor, offerId: string, now: Date) => {
  try {
    await dispatch.giveBackOffer(actor, offerId, now)
  } catch (error) {
    if (!(error instanceof Problem && error.slug === 'offer-over')) throw error
  }
}

export const listDrivers = async ({ status, cursor, limit }: VerificationList): Promise<Page<Driver>> => {
  const rows = await queries.listDrivers(database.sql, status, decodeCursor(cursor, Id), limit + 1)
  const page = pageFrom(rows, limit, ({ id }) => id)
  return { data: await Promise.all(page.data.map(driverOf)), nextCursor: page.nextCursor }
}

export const verifyDriver = async (driverId: string, status: VerificationStatus, now: Date): Promise<Driver> => {
  await database.begin(async (tx) => {
    if (!(await queries.setVerification(tx, driverId, status))) throw notFound('driver')
    await announce(tx, driverId, 'driver.verified', { verificationStatus: status }, now)
  })
  if (status !== 'approved') await dispatch.withdrawOffers(driverId, now)
  return driverOf((await queries.findDriver(database.sql, driverId))!)
}

const announce = (tx: Sql, driverId: string, type: string, data: Record<string, unknown>, now: Date) =>
  recordEvent(tx, { topics: [driverTopic(driverId)], type, data: { driverId, ...data }, occurredAt: now })

/** Clocks of phones are off by a little; a fix from the future or of another day is wrong. */
const FIX_AHEAD_MS_MAX = 60_000
const FIX_AGE_MS_MAX = 3_600_000
const DRIVER_IDS_MAX = 20_000

// Fixes come every few seconds from each driver; who is who does not change.
const driverIds = new LRUCache<string, string>({ max: DRIVER_IDS_MAX, ttl: 600_000 })

export const recordFix = async ({ userId }: Actor, fix: FixInput, now: Date) => {
  const recordedAt = fix.recordedAt ? new Date(fix.recordedAt) : now
  const aheadMs = recordedAt.getTime() - now.getTime()
  if (aheadMs > FIX_AHEAD_MS_MAX) throw invalid('recordedAt', 'lies in the future')
  if (-aheadMs > FIX_AGE_MS_MAX) throw invalid('recordedAt', 'is more than an hour old')
  const driverId = driverIds.get(userId) ?? (await queries.findDriverId(database.sql, userId))
  if (!driverId) throw notFound('driver')
  driverIds.set(userId, driverId)
  // Asked for before the account was deleted, answered after.
  assertNotDeleted(userId)
  const at = { recordedAt: recordedAt.toISOString(), receivedAt: now.toISOString() }
  const isNewest = await positions.put(driverId, { ...fix, ...at })
  return { recordedAt: at.recordedAt, isNewest }
}

export const driverOf = async (row: queries.DriverRow): Promise<Driver> => {
  const [fix] = await positions.get([row.id])
  return { ...row, position: fix ? { lat: fix.lat, lng: fix.lng, recordedAt: fix.recordedAt } : null }
}
