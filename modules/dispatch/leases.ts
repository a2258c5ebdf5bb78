import { hostname } from 'node:os'
import { config } from '#core/config'
import { database, listen, type Sql } from '#core/database'
import { newId } from '#core/ids'
import { log } from '#core/log'
import { counter, gauge } from '#core/metrics'
import {
  claimLeases,
  endSleepers,
  findHeldZones,
  findReplicas,
  type LeaseRow,
  leave,
  ROUND_NAME,
  releaseLeases,
  renewLeases,
} from './lease-queries.ts'
import { shareOut } from './zone-shares.ts'

/** Three may fail before a lease ends. */
const LOOKS_PER_LEASE = 4
const CHANNEL = 'zone_leases'

const changes = counter('dispatch_leases_total', 'Zones that this process took, gave away or lost', ['outcome'])
const fencedWrites = counter(
  'dispatch_fenced_writes_total',
  'Writes of rounds that were refused because the zone had changed hands',
)
const heldCount = gauge('dispatch_zones_held', 'Zones whose rounds this process runs')

/** What a write of a round must still hold when it is made. */
export type Fence = { zoneId: string; token: number }

/**
 * The condition of each write of a round: true while nobody else has the zone, and, until the transaction ends, nobody
 * can take it. Asked within the statement that writes, so a holder that was asleep is stopped by the write itself.
 */
export const fenced = (sql: Sql, { zoneId, token }: Fence) => sql`
  exists (select from zone_leases where zone_id = ${zoneId}::uuid and token = ${token}::bigint for share)`

/** The zone has another holder: there is nothing left to do in this round. */
export class FencedError extends Error {}

/**
 * A holder that sleeps within a transaction keeps the zone from others: the database ends the transaction after so many
 * leases. The second holds also in the middle of a statement's messages, and is known to Postgres 17 and later; before, whoever
 * wants the zone ends it (`endSleepers`), which is why the transaction has a name.
 */
const SLEEP_LEASES_MAX = { idle_in_transaction_session_timeout: 0.75, transaction_timeout: 2 }

/** A transaction of a round. Its first write is to ask `fenced`. */
export const roundTransaction = <T>(run: (tx: Sql) => Promise<T>): Promise<T> =>
  database.begin(async (tx) => {
    const names = Object.keys(SLEEP_LEASES_MAX)
    const limits = Object.values(SLEEP_LEASES_MAX).map((leases) => Math.round(leases * config().DISPATCH_LEASE_MS))
    await tx`
      select set_config(s.name, l.ms::text, true), set_config('application_name', ${ROUND_NAME}, true)
      from unnest(${names}::text[], ${limits}::integer[]) as l (name, ms) join pg_settings s on s.name = l.name`
    return run(tx)
  })

/** Throws what ends a round when its write was refused. */
export const assertHeld = (wasWritten: boolean) => {
  if (wasWritten) return
  fencedWrites.inc()
  throw new FencedError('the zone has another holder')
}

type Options = {
  /** Slugs; none: any zone. */
  pins: readonly string[]
  /** Called with the zones that are held, whenever that changes. */
  onChange: (held: readonly Fence[]) => void
  /** Done when nothing is under way in a zone that is about to be given away. */
  settled: (zoneId: string) => Promise<unknown>
}

/**
 * Takes this process' share of the zones, keeps them, gives some away when others have fewer. Several times in a lease, and
 * at once when another process says that it has given some away.
 */
export const createLeases = ({ pins, onChange, settled }: Options) => {
  const name = `${hostname()}/${process.pid}/${newId().slice(-6)}`
  let held = new Map<string, Fence>()
  let current: Promise<void> | undefined
  let isWoken = false
  let isStopped = false
  let timer: ReturnType<typeof setTimeout> | undefined

  const setHeld = (rows: readonly LeaseRow[]) => {
    const before = held
    held = new Map(rows.map(({ zoneId, token }) => [zoneId, { zoneId, token }]))
    heldCount.set(held.size)
    const isSame = rows.length === before.size && rows.every((row) => before.get(row.zoneId)?.token === row.token)
    if (!isSame) onChange([...held.values()])
  }

  const look = async () => {
    const renewed = await renewLeases(database.sql, { name, zones: pins })
    const lost = [...held.keys()].filter((zoneId) => !renewed.some((row) => row.zoneId === zoneId))
    if (lost.length > 0) note('lost', lost)
    setHeld(renewed)
    const { claim, release } = shareOut(await findHeldZones(database.sql), await findReplicas(database.sql), name)
    if (claim.length > 0) {
      const claimed = await claimLeases(database.sql, name, claim)
      if (claimed.length > 0)
        note(
          'taken',
          claimed.map(({ zoneId }) => zoneId),
        )
      setHeld([...held.values(), ...claimed])
      if (claimed.length < claim.length) await endSleepers(database.sql)
    }
    if (release.length > 0) await giveAway(release)
  }

  const giveAway = async (zoneIds: readonly string[]) => {
    setHeld([...held.values()].filter(({ zoneId }) => !zoneIds.includes(zoneId)))
    await Promise.all(zoneIds.map(settled))
    await releaseLeases(database.sql, name, zoneIds)
    note('given', zoneIds)
    await tellOthers()
  }

  const note = (outcome: 'taken' | 'given' | 'lost', zoneIds: readonly string[]) => {
    changes.inc({ outcome }, zoneIds.length)
    log.info({ outcome, zoneIds, holder: name }, 'zones changed hands')
  }

  const run = async () => {
    try {
      if (!database.isAway) await look()
    } catch (error) {
      if (!database.isAway) log.warn({ err: String(error) }, 'zones could not be renewed')
    }
  }

  const start = () => {
    clearTimeout(timer)
    isWoken = false
    current = run().finally(() => {
      current = undefined
      if (!isStopped) timer = setTimeout(start, isWoken ? 0 : config().DISPATCH_LEASE_MS / LOOKS_PER_LEASE)
    })
  }

  const wake = () => {
    isWoken = true
    if (!current && !isStopped) start()
  }

  start()
  listen(CHANNEL, (sender) => {
    if (sender !== name) wake()
  }).catch((error: unknown) =>
    log.warn({ err: String(error) }, 'not told when zones become free: looking several times in a lease'),
  )

  return {
    name,
    /** A write was refused: what is held is not what it seems. */
    wake,
    /** Gives all away, once nothing is under way in it. */
    stop: async () => {
      isStopped = true
      clearTimeout(timer)
      await current
      const zoneIds = [...held.keys()]
      setHeld([])
      await Promise.all(zoneIds.map(settled))
      if (database.isAway) return
      await leave(database.sql, name)
      await tellOthers()
    },
  }

  function tellOthers() {
    return database.sql`select pg_notify(${CHANNEL}, ${name})`
  }
}
