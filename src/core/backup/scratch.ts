/** Databases that are made to be filled from a backup, beside the one that people use. */
import { type Connection, maintenanceUrl, openConnection, quoteName, quoteText } from '#core/backup/connection'
import { BackupError, messageOf } from '#core/backup/fault'
import type { Manifest } from '#core/backup/manifest'
import { majorOf } from '#core/backup/programs'
import { serverVersion } from '#core/backup/source'
import { errorCode } from '#core/database'

export type ScratchKind = 'restoring' | 'verifying' | 'before_restore'

const NAME_BYTES_MAX = 63
const MARK = 'made by RideNDine from a backup; may be dropped when no restore or verification runs'
const INSUFFICIENT_PRIVILEGE = '42501'

/** `ridendine_before_restore_20261123_145735`; long names are cut so that Postgres does not. Pure. */
export const scratchName = (database: string, kind: ScratchKind, at: Date): string => {
  const ending = `_${kind}_${at.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_')}`
  return `${database.slice(0, NAME_BYTES_MAX - ending.length)}${ending}`
}

// Any constant that nothing else locks; the second key is the database.
const SCRATCH_LOCK = 7_061_004

/**
 * Runs on the maintenance database while nobody else restores or verifies this one, after removing what a killed run has
 * left. Throws BackupError when somebody does.
 */
export const aloneOnServer = async <T>(
  url: string,
  database: string,
  kind: ScratchKind,
  run: (admin: Connection) => Promise<T>,
): Promise<T> => {
  const admin = openConnection(maintenanceUrl(url))
  try {
    await admin`select 1`.catch((error: unknown) => {
      throw new BackupError(`The server at ${new URL(url).host} cannot be reached: ${messageOf(error)}.`)
    })
    const [lock] = await admin`select pg_try_advisory_lock(${SCRATCH_LOCK}, hashtext(${`${kind} ${database}`})) as held`
    if (!lock!.held)
      throw new BackupError(`${database} is being restored or verified by somebody else: wait for it to end.`)
    await removeLeftovers(admin, database, kind)
    return await run(admin)
  } finally {
    await admin.end({ timeout: 5 })
  }
}

const removeLeftovers = async (admin: Connection, database: string, kind: ScratchKind) => {
  const ending = `_${kind}_[0-9]{8}_[0-9]{6}$`
  const beginning = database.slice(0, NAME_BYTES_MAX - `_${kind}_00000000_000000`.length)
  const left = await admin<{ name: string }[]>`
    select datname as name from pg_database d join pg_shdescription s on s.objoid = d.oid and s.classoid = 'pg_database'::regclass
    where s.description = ${MARK} and datname ~ ${ending} and regexp_replace(datname, ${ending}, '') = ${beginning}`
  for (const { name } of left) await dropScratch(admin, name)
}

export const dropScratch = (admin: Connection, name: string) =>
  admin.unsafe(`drop database if exists ${quoteName(name)} with (force)`)

/** At the end of a run, however it ended: what cannot be dropped now is dropped by the next run. */
export const leaveScratch = async (admin: Connection, name: string, say: (line: string) => void) => {
  await dropScratch(admin, name).catch((error: unknown) =>
    say(`The scratch database ${name} could not be dropped (${messageOf(error)}); the next run drops it.`),
  )
}

/** Empty, with the locale of `like` where there is such a database. Throws BackupError. */
export const createScratch = async (admin: Connection, name: string, like: string, { database }: Manifest) => {
  const [model] = await admin<{ collate: string; ctype: string; provider: string }[]>`
    select datcollate as collate, datctype as ctype, datlocprovider as provider from pg_database where datname = ${like}`
  const locale =
    model?.provider === 'c' ? ` lc_collate ${quoteText(model.collate)} lc_ctype ${quoteText(model.ctype)}` : ''
  try {
    await admin.unsafe(
      `create database ${quoteName(name)} template template0 encoding ${quoteText(database.encoding)}${locale}`,
    )
    await admin.unsafe(`comment on database ${quoteName(name)} is ${quoteText(MARK)}`)
  } catch (error) {
    if (errorCode(error) !== INSUFFICIENT_PRIVILEGE) throw error
    throw new BackupError('The role of the database URL may not create databases: use one that has CREATEDB.')
  }
}

/** Throws BackupError when the server is older than the one that was backed up, or lacks a role. */
export const assertServerFits = async (admin: Connection, manifest: Manifest) => {
  const version = await serverVersion(admin)
  if (majorOf(version) < majorOf(manifest.versions.server)) {
    throw new BackupError(
      `The backup is of Postgres ${manifest.versions.server}, this server is Postgres ${version}, an older one: ` +
        'restore it to the same version or a newer one.',
    )
  }
  const roles = await admin<{ name: string }[]>`select rolname as name from pg_roles`
  const known = new Set(roles.map(({ name }) => name))
  const missing = manifest.roles.filter((role) => !known.has(role))
  if (missing.length > 0) {
    throw new BackupError(
      `The backup gives rights to ${missing.join(', ')}, which this server does not know. First: create role ...`,
    )
  }
  return version
}

/** For a restored database that takes nobody's place. */
export const giveName = async (admin: Connection, restored: string, name: string) => {
  await admin.unsafe(`alter database ${quoteName(restored)} rename to ${quoteName(name)}`)
  await admin.unsafe(`comment on database ${quoteName(name)} is null`)
}
