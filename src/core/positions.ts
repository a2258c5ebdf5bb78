import { LRUCache } from 'lru-cache'
import { database } from '#core/database'
import type { LatLng } from '#core/geo'
import type { ProcessJob } from '#core/jobs'

/** One GPS reading of a driver. */
export type Fix = LatLng & {
  recordedAt: string
  /** By our clock; phones' clocks are off. */
  receivedAt?: string
  accuracyMeters?: number
  speedMps?: number
  headingDegrees?: number
}

export type DriverFix = Fix & { driverId: string }

/** The newest fix of each driver: kept in this process, and where there is a Redis in step with the other replicas. */
export type PositionStore = {
  /** Keeps a fix if it is newer than the one known. Tells whether it was. */
  put(driverId: string, fix: Fix): Promise<boolean>
  get(driverIds: readonly string[]): Promise<(Fix | undefined)[]>
  remove(driverId: string): Promise<void>
  /** Calls back with each fix that was kept, whichever replica got it. */
  subscribe(listener: (fix: DriverFix) => void): () => void
}

const DRIVERS_MAX = 100_000

export type LocalPositions = PositionStore & {
  /** Those that this process was told of and has not written down. */
  dirty: Set<string>
  /** A fix that came to somebody else: as put, but to be written down by them. */
  hear(driverId: string, fix: Fix): boolean
  /** Another replica has removed a driver. */
  forget(driverId: string): void
}

export const memoryPositionStore = (): LocalPositions => {
  const newest = new LRUCache<string, Fix>({ max: DRIVERS_MAX })
  const listeners = new Set<(fix: DriverFix) => void>()
  const dirty = new Set<string>()
  const hear = (driverId: string, fix: Fix) => {
    const known = newest.get(driverId)
    if (known && Date.parse(known.recordedAt) >= Date.parse(fix.recordedAt)) return false
    newest.set(driverId, fix)
    for (const listener of listeners) listener({ driverId, ...fix })
    return true
  }
  const forget = (driverId: string) => {
    newest.delete(driverId)
    dirty.delete(driverId)
  }
  return {
    dirty,
    hear,
    forget,
    put: async (driverId, fix) => {
      const isNewest = hear(driverId, fix)
      if (isNewest) dirty.add(driverId)
      return isNewest
    },
    get: async (driverIds) => driverIds.map((id) => newest.get(id)),
    remove: async (driverId) => forget(driverId),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

const memory = memoryPositionStore()
let store: PositionStore = memory

/** Puts a store that replicas share around the one in memory; without an argument there is that one alone again. */
export const sharePositions = (around?: (local: LocalPositions) => PositionStore) => {
  store = around?.(memory) ?? memory
}

export const positions: PositionStore = {
  put: (driverId, fix) => store.put(driverId, fix),
  get: (driverIds) => store.get(driverIds),
  remove: (driverId) => store.remove(driverId),
  subscribe: (listener) => store.subscribe(listener),
}

const BATCH_MAX = 1_000

/**
 * Writes what moved to Postgres, one statement for all, so that a process that starts again knows where drivers were.
 * A fix lost in a crash is followed by the next one within seconds.
 */
export const positionsJob: ProcessJob = {
  name: 'positions',
  per: 'process',
  everyMs: 5_000,
  run: async () => {
    const ids = [...memory.dirty].slice(0, BATCH_MAX)
    if (ids.length === 0) return
    for (const id of ids) memory.dirty.delete(id)
    const fixes = await memory.get(ids)
    const rows = ids.flatMap((driverId, i) => (fixes[i] ? [{ driverId, ...fixes[i] }] : []))
    try {
      await database.sql`
        insert into driver_positions (driver_id, fix, recorded_at)
        select (row ->> 'driverId')::uuid, row - 'driverId', (row ->> 'recordedAt')::timestamptz
        from jsonb_array_elements(${database.sql.json(rows as never)}::jsonb) as row
        where exists (select from drivers d join users u on u.id = d.user_id
          where d.id = (row ->> 'driverId')::uuid and u.deleted_at is null)
        on conflict (driver_id) do update set fix = excluded.fix, recorded_at = excluded.recorded_at
          where driver_positions.recorded_at < excluded.recorded_at`
    } catch (error) {
      for (const id of ids) memory.dirty.add(id)
      throw error
    }
  },
}

/** Reads back what the last process wrote. */
export const loadPositions = async () => {
  const rows = await database.sql<{ driverId: string; fix: Fix }[]>`select driver_id, fix from driver_positions`
  for (const { driverId, fix } of rows) memory.hear(driverId, fix)
}
