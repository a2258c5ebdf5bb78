/** Puts a restored database in the place of the one that people use, in one transaction: at no instant is there none. */
import { type Connection, maintenanceUrl, quoteName, quoteText, withConnection } from '#core/backup/connection'
import { BackupError } from '#core/backup/fault'
import { errorCode } from '#core/database'

const END_EVERY_MS = 20
const ATTEMPTS = 5
const OBJECT_IN_USE = '55006'

export type Swap = { restored: string; database: string; kept: string }

/**
 * Renames `database` to `kept` and `restored` to `database`. Renaming locks out whoever wants to connect and waits some
 * seconds for those who are connected; meanwhile these are ended, from a second connection. Clients connect anew and find
 * the restored one. Throws BackupError, with nothing renamed, when somebody's connection cannot be ended.
 */
export const swapDatabases = async (admin: Connection, url: string, { restored, database, kept }: Swap) => {
  await copyDatabaseSettings(admin, database, restored)
  for (let attempt = 1; ; attempt++) {
    try {
      return await whileEnding(url, database, () =>
        admin.begin(async (tx) => {
          await tx.unsafe(`alter database ${quoteName(database)} rename to ${quoteName(kept)}`)
          await tx.unsafe(`alter database ${quoteName(restored)} rename to ${quoteName(database)}`)
          await tx.unsafe(`comment on database ${quoteName(database)} is null`)
        }),
      )
    } catch (error) {
      if (errorCode(error) !== OBJECT_IN_USE) throw error
      if (attempt < ATTEMPTS) continue
      throw new BackupError(
        `${database} is still in use by connections that this role may not end (a superuser's, or another role's). ` +
          'End them, or restore as a role with pg_signal_backend.',
      )
    }
  }
}

const whileEnding = async <T>(url: string, database: string, run: () => Promise<T>): Promise<T> => {
  let isOver = false
  const running = run().finally(() => {
    isOver = true
  })
  const ending = withConnection(maintenanceUrl(url), async (sql) => {
    while (!isOver) {
      await sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = ${database} and pid <> pg_backend_pid() and (
          usesysid = (select oid from pg_roles where rolname = current_user) or pg_has_role('pg_signal_backend', 'member'))`
      await Bun.sleep(END_EVERY_MS)
    }
  })
  const [ran, ended] = await Promise.allSettled([running, ending])
  if (ran.status === 'rejected') throw ran.reason
  if (ended.status === 'rejected') throw ended.reason
  return ran.value
}

/** Owner, settings and rights of a database belong to its name, not to what is dumped. */
const copyDatabaseSettings = async (admin: Connection, from: string, to: string) => {
  const [found] = await admin<{ oid: number; owner: string; limit: number }[]>`
    select d.oid, r.rolname as owner, datconnlimit as limit from pg_database d join pg_roles r on r.oid = datdba
    where datname = ${from}`
  if (!found) return
  const name = quoteName(to)
  await admin.unsafe(`alter database ${name} owner to ${quoteName(found.owner)}`)
  await admin.unsafe(`alter database ${name} connection limit ${found.limit}`)
  const settings = await admin<{ role: string | null; key: string; value: string }[]>`
    select r.rolname as role, split_part(setting, '=', 1) as key, substr(setting, strpos(setting, '=') + 1) as value
    from pg_db_role_setting s cross join unnest(s.setconfig) as setting left join pg_roles r on r.oid = s.setrole
    where s.setdatabase = ${found.oid}`
  for (const { role, key, value } of settings) {
    const whose = role ? `role ${quoteName(role)} in database ${name}` : `database ${name}`
    await admin.unsafe(`alter ${whose} set ${quoteName(key)} to ${quoteText(value)}`)
  }
  const rights = await admin<{ grantee: string; right: string }[]>`
    select coalesce(quote_ident(r.rolname), 'public') as grantee, a.privilege_type as right
    from pg_database d cross join aclexplode(d.datacl) a left join pg_roles r on r.oid = a.grantee
    where d.datname = ${from}`
  if (rights.length > 0) await admin.unsafe(`revoke all on database ${name} from public`)
  for (const { grantee, right } of rights) await admin.unsafe(`grant ${right} on database ${name} to ${grantee}`)
}
