import { z } from 'zod'
import { brokenConstraint, database, type Sql } from '#core/database'
import { chefTopic, recordEvent, zoneTopic } from '#core/events'
import { Id, newId } from '#core/ids'
import { decodeCursor, type Page, pageFrom } from '#core/pagination'
import { conflict, forbidden, invalid, notFound } from '#core/problem'
import type { Actor } from '#core/tokens'
import { approximateLeg } from '#modules/routing/index'
import { locate } from '../addresses/locate.ts'
import type { AddressInput } from '../addresses/schema.ts'
import { forgetMenus } from '../menus/catalogue.ts'
import { candidatesNear, chefOf, forgetCatalogue } from './catalogue.ts'
import * as queries from './queries.ts'
import type { Chef, ChefChange, ChefSearch, NewChef, OwnChef, VerificationList, VerificationStatus } from './schema.ts'
import { compareKeys, type Ranked, rankChefs, wordsOf } from './search.ts'

const SearchKey = z.tuple([z.number(), z.string()])

/** A page of kitchens as JSON text: what does not depend on the point asked from is written once a kitchen, not once a request. */
export const searchChefs = async (query: ChefSearch): Promise<string> => {
  const after = decodeCursor(query.cursor, SearchKey)
  const point = { lat: query.lat, lng: query.lng }
  const radiusMeters = query.radiusKm * 1000
  const ranked = rankChefs(
    await candidatesNear(point, radiusMeters),
    { ...query, point, radiusMeters, words: wordsOf(query.q) },
    (from, to) => approximateLeg(from, to).durationSeconds,
  )
  const rest = after ? ranked.filter(({ key }) => compareKeys(key, after) > 0) : ranked
  const page = pageFrom(rest.slice(0, query.limit + 1), query.limit, ({ key }) => key)
  return `{"data":[${page.data.map(foundJson).join()}],"nextCursor":${JSON.stringify(page.nextCursor)}}`
}

const chefJsons = new WeakMap<object, string>()

const foundJson = (ranked: Ranked): string => {
  const { chef } = ranked.candidate
  let json = chefJsons.get(chef)
  if (json === undefined) {
    json = JSON.stringify(chef).slice(0, -1)
    chefJsons.set(chef, json)
  }
  const { distanceMeters, etaMinutes, deliversHere } = ranked
  return `${json},"distanceMeters":${distanceMeters},"etaMinutes":${etaMinutes},"deliversHere":${deliversHere}}`
}

export const getChef = async (viewer: Actor | undefined, chefId: string, now: Date): Promise<Chef> =>
  chefOf(await visibleChef(viewer, chefId), now)

/** Kitchens that are not approved are there only for their chef and for admins. */
export const visibleChef = async (viewer: Actor | undefined, chefId: string) => {
  const row = await queries.findChef(database.sql, chefId)
  if (!row || (row.verificationStatus !== 'approved' && !mayManage(viewer, row))) throw notFound('chef')
  return row
}

const mayManage = (viewer: Actor | undefined, row: queries.ChefRow) =>
  viewer !== undefined && (viewer.role === 'admin' || row.userId === viewer.userId)

/** The kitchen of a path, for who may change it. Throws 404 when it may not be known, 403 when it is somebody else's. */
export const managedChef = async (sql: Sql, actor: Actor, chefId: string) => {
  const row = await queries.findChef(sql, chefId)
  if (!row) throw notFound('chef')
  if (mayManage(actor, row)) return row
  throw row.verificationStatus === 'approved' ? forbidden('This is not your kitchen.') : notFound('chef')
}

export const getOwnChef = async (actor: Actor, now: Date): Promise<OwnChef> => {
  const row = await queries.findChefOfUser(database.sql, actor.userId)
  if (!row) throw notFound('chef')
  return ownChefOf(row, now)
}

export const listChefs = async ({ status, cursor, limit }: VerificationList, now: Date): Promise<Page<OwnChef>> => {
  const rows = await queries.listChefs(database.sql, status, decodeCursor(cursor, Id), limit + 1)
  const page = pageFrom(rows, limit, ({ id }) => id)
  return { data: page.data.map((row) => ownChefOf(row, now)), nextCursor: page.nextCursor }
}

export const applyAsChef = async (actor: Actor, chef: NewChef, now: Date): Promise<OwnChef> => {
  const { address, ...rest } = chef
  const { coordinates, ...lines } = await locate(actor, address, 'address')
  const id = newId()
  try {
    return await database.begin(async (tx) => {
      const zone = await zoneOf(tx, coordinates)
      const place = { ...lines, coordinates, zoneId: zone.id, timeZone: chef.timeZone ?? zone.timeZone }
      await queries.insertChef(tx, { ...rest, ...place, id, userId: actor.userId, now })
      await announce(tx, id, zone.id, now, { verificationStatus: 'pending' })
      return ownChefOf((await queries.findChef(tx, id))!, now)
    })
  } catch (error) {
    if (brokenConstraint(error) === 'chefs_user_id_key')
      throw conflict('kitchen-exists', 'This account has a kitchen already.')
    throw error
  }
}

export const changeChef = async (actor: Actor, chefId: string, change: ChefChange, now: Date): Promise<OwnChef> => {
  const located = change.address && (await locateFor(actor, chefId, change.address))
  return changing(chefId, async (tx) => {
    const chef = await managedChef(tx, actor, chefId)
    const { address: _, vacation, ...plain } = change
    const columns: queries.ChefColumns = { ...plain }
    if (vacation !== undefined) {
      columns.vacationFrom = vacation?.from ?? null
      columns.vacationUntil = vacation?.until ?? null
    }
    if (located) {
      const { coordinates, ...lines } = located
      Object.assign(columns, lines, { coordinates, zoneId: (await zoneOf(tx, coordinates)).id })
    }
    await queries.updateChef(tx, chefId, columns)
    await announce(tx, chefId, chef.zoneId, now)
    return ownChefOf((await queries.findChef(tx, chefId))!, now)
  })
}

/** Nobody has addresses looked up for a kitchen that is not his. */
const locateFor = async (actor: Actor, chefId: string, address: AddressInput) => {
  if (!address.coordinates) await managedChef(database.sql, actor, chefId)
  return locate(actor, address, 'address')
}

export const verifyChef = (chefId: string, status: VerificationStatus, now: Date): Promise<OwnChef> =>
  changing(chefId, async (tx) => {
    if (!(await queries.setVerification(tx, chefId, status))) throw notFound('chef')
    const chef = (await queries.findChef(tx, chefId))!
    await announce(tx, chefId, chef.zoneId, now, { verificationStatus: status })
    return ownChefOf(chef, now)
  })

/** Who has just changed a kitchen sees it so; other processes follow by event. */
const changing = async (chefId: string, run: (tx: Sql) => Promise<OwnChef>): Promise<OwnChef> => {
  const result = await database.begin(run)
  forgetCatalogue()
  forgetMenus(chefId)
  return result
}

const zoneOf = async (sql: Sql, { lat, lng }: { lat: number; lng: number }) => {
  const zone = await queries.findZoneAt(sql, lat, lng)
  if (!zone) throw invalid('address.coordinates', 'RideNDine does not operate at this place.', 'outside-zone')
  return zone
}

const announce = (tx: Sql, chefId: string, zoneId: string, now: Date, more: Record<string, unknown> = {}) =>
  recordEvent(tx, {
    topics: [chefTopic(chefId), zoneTopic(zoneId)],
    type: 'chef.changed',
    data: { chefId, ...more },
    occurredAt: now,
  })

const ownChefOf = (row: queries.ChefRow, now: Date): OwnChef => ({
  ...chefOf(row, now),
  userId: row.userId,
  zoneId: row.zoneId,
  address: {
    street: row.street,
    city: row.city,
    postalCode: row.postalCode,
    coordinates: { lat: row.lat, lng: row.lng },
  },
  vacation: row.vacationFrom && row.vacationUntil ? { from: row.vacationFrom, until: row.vacationUntil } : null,
  verificationStatus: row.verificationStatus,
  createdAt: row.createdAt,
})
