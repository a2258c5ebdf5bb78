/** What is the matter before the commands of a runbook are run, by its name, and what must have come of them. */
import { expect } from 'bun:test'
import { newId } from '#core/ids'
import { openSql } from './chaos-postgres'
import { makeOrder, type TroubledMarket } from './runbook-market'

type Trouble = {
  /** Called after each block with its text. */
  after?: (block: string) => Promise<unknown>
  /** Called with all that was said. */
  check?: (said: string) => void
  end?: () => Promise<unknown>
}

export const TROUBLES: Record<string, (market: TroubledMarket) => Promise<Trouble>> = {
  'incident.md': async (market) => {
    await makeOrder(market, 0, 'paid', 25)
    await makeOrder(market, 1, 'ready', 70)
    await makeOrder(market, 2, 'road', 150)
    await makeOrder(market, 2, 'road', 120)
    return {}
  },
  'dispatch.md': async (market) => {
    await makeOrder(market, 0, 'accept', 40)
    const { customers, cooks } = market.town
    const order = () => market.order(customers[0]!, cooks[0]!)
    return {
      after: async (block) => {
        if (block.includes('"minimumOrderCents":100000000')) expect(await order()).toMatchObject({ status: 422 })
      },
      end: async () => expect(await order()).toMatchObject({ status: 201 }),
    }
  },
  'jobs.md': async ({ sql }) => {
    for (let count = 0; count < 2; count++) {
      const data = sql.json({ to: 'lena@example.com', subject: 'Confirm your email', body: 'Here' })
      await sql`
        insert into jobs (id, queue, data, attempt_count, failed_at, last_error)
        values (${newId()}, 'mail', ${data}, 8, now(), 'not sent: ECONNREFUSED')`
    }
    return { check: (said) => expect(said.match(/is tried again/g)).toHaveLength(2) }
  },
  // Somebody forgot a transaction that holds a table, and somebody else waits for it.
  'performance-degradation.md': async ({ environment }) => {
    const [forgetful, waiting] = [openSql(environment.DATABASE_URL), openSql(environment.DATABASE_URL)]
    const one = await forgetful.reserve()
    await one`set idle_in_transaction_session_timeout = 0`
    await one`begin`
    await one`lock table promotions in access exclusive mode`
    const answer = waiting`select count(*) from promotions`.then(() => 'answered')
    answer.catch(() => {})
    return {
      end: async () => {
        expect(await answer).toBe('answered')
        await Promise.all([forgetful, waiting].map((pool) => pool.end({ timeout: 1 }).catch(() => {})))
      },
    }
  },
  // An order is placed after the backup: gone after the restore, back after its rollback.
  'database-recovery.md': async (market) => {
    let isPlaced = false
    return {
      after: async (block) => {
        if (isPlaced || !block.includes('db:verify')) return
        isPlaced = true
        await makeOrder(market, 1, 'paid', 0)
      },
      check: (said) => {
        const counts = [...said.matchAll(/^orders: (\d+)/gm)].map(([, count]) => Number(count))
        const [beside, restored, rolledBack] = counts
        expect(counts).toHaveLength(3)
        expect(restored).toBe(beside!)
        expect(rolledBack).toBe(beside! + 1)
      },
    }
  },
}
