import postgres from 'postgres'

// biome-ignore lint/complexity/noBannedTypes: the driver's own type for "no custom types"
type Pool = postgres.Sql<{}>
// biome-ignore lint/complexity/noBannedTypes: the driver's own type for "no custom types"
type Tx = postgres.TransactionSql<{}>

/**
 * The driver's begin(), made to survive the loss of its connection. Left to itself the driver sends its rollback on the
 * closed connection, which ends the process (porsager/postgres#1154), and lets what the transaction has left to do run
 * on whatever connection takes its place, in nobody's transaction or in somebody else's (#1155, #1216). Here a
 * transaction whose connection is lost is refused everything from then on, and the driver is never told that it ended.
 */
export const survivingBegin =
  (begin: Pool['begin']) =>
  <T>(run: (tx: Tx) => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      let lost: { error: unknown } | undefined
      const lose = (error: unknown) => {
        lost ??= { error }
        reject(error)
        return neverEnds<T>()
      }
      const guard = (tx: Tx) =>
        new Proxy(tx, {
          apply: (statement, self, parts) => {
            if (lost) throw lost.error
            return Reflect.apply(statement as never, self, parts)
          },
        })
      const guarded = async (tx: Tx) => {
        try {
          const result = await run(guard(tx))
          return lost ? neverEnds<T>() : result
        } catch (error) {
          if (lost || isConnectionLost(error)) return lose(error)
          throw error
        }
      }
      ;(begin(guarded) as Promise<T>).then(resolve, lose)
    })

const neverEnds = <T>() => new Promise<T>(() => {})

/** The driver marks the errors of statements with `query`; another service that hangs up is not our connection. */
const isConnectionLost = (error: unknown): boolean => {
  if (!(error instanceof Error) || !('query' in error)) return false
  if (error instanceof postgres.PostgresError) return error.severity !== 'ERROR'
  return /^(CONNECT(ION)?_[A-Z]+|E[A-Z]+)$/.test(String((error as { code?: unknown }).code))
}
