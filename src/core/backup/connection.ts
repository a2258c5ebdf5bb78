import { childEnvironment } from '#core/config'
import { connect } from '#core/database'

/** One connection with no limit on how long a statement may take: a big table is counted for minutes. */
export const openConnection = (url: string, poolMax = 1) =>
  connect({ url, poolMax, statementTimeoutMs: 0, lockTimeoutMs: 60_000, applicationName: 'ridendine-backup' })

export type Connection = ReturnType<typeof openConnection>

/** Opens a connection, runs, and closes it, whatever happens. */
export const withConnection = async <T>(url: string, run: (sql: Connection) => Promise<T>): Promise<T> => {
  const sql = openConnection(url)
  try {
    return await run(sql)
  } finally {
    await sql.end({ timeout: 5 })
  }
}

export const databaseOf = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1)) || 'postgres'

/** The same server, another database. */
export const urlOfDatabase = (url: string, database: string): string => {
  const other = new URL(url)
  other.pathname = `/${encodeURIComponent(database)}`
  return other.href
}

/** Where databases are made and renamed from: every server has it, and nobody's data is in it. */
export const maintenanceUrl = (url: string) => urlOfDatabase(url, 'postgres')

/** For psql and its kin: the password goes by the environment, since everybody may read the arguments of a process. */
export const programConnection = (url: string) => {
  const open = new URL(url)
  const password = decodeURIComponent(open.password)
  open.password = ''
  return {
    dbname: open.href,
    env: childEnvironment({ LC_ALL: 'C', PGAPPNAME: 'ridendine-backup', PGPASSWORD: password, PGOPTIONS: '' }),
  }
}

export const quoteName = (name: string) => `"${name.replaceAll('"', '""')}"`
export const quoteText = (text: string) => `'${text.replaceAll("'", "''")}'`
