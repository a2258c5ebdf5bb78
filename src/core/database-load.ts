import { gauge, histogram } from '#core/metrics'

/** How much is asked of the database by this process, and how long it takes, waiting for a connection included. */

const TRANSACTION_SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

const transactionSeconds = histogram(
  'database_transaction_seconds',
  'Time of a transaction, waiting for a connection of the pool included',
  [],
  TRANSACTION_SECONDS_BUCKETS,
)
const openTransactions = gauge(
  'database_transactions_open',
  'Transactions that have a connection of the pool or wait for one',
)

/** Counts a transaction while it runs. */
export const measuredTransaction = async <T>(run: () => Promise<T>): Promise<T> => {
  const startedMs = performance.now()
  openTransactions.inc()
  try {
    return await run()
  } finally {
    openTransactions.dec()
    transactionSeconds.observe((performance.now() - startedMs) / 1000)
  }
}
