import { z } from 'zod'
import { batcher } from '#core/batch'
import { clock } from '#core/clock'
import { log } from '#core/log'
import { counter } from '#core/metrics'
import type { Fix, LocalPositions, PositionStore } from '#core/positions'
import { Problem } from '#core/problem'
import { RedisAway, type RedisClient, type RedisCommands } from '#core/redis'
import type { ZoneAreas } from '#core/zone-areas'

/**
 * Positions that replicas share. Each replica holds all of them in memory and answers from there; Redis carries them
 * from one to the other:
 *
 * - `ridendine:positions:at`, a sorted set: drivers by the instant of their newest fix. `ZADD GT` compares and writes in
 *   one step, so of two fixes that come to two replicas at once exactly the newer one is told that it is.
 * - `ridendine:position:<driver>`, a sorted set of fixes by instant, cut to the newest after each: whatever the order in
 *   which fixes come, the newest one stays. This is what a process that starts, or that was cut off, begins with.
 * - `ridendine:positions:in:<zone>`, one capped stream per zone: what has come in, in any order. Every replica reads all
 *   of them a few times a second by one command, however many drivers; it keeps what is newer than what it knows, so
 *   its own fixes and late ones change nothing.
 * - `ridendine:positions:zones`, a set: which streams there are, so that a zone need not be known to all replicas at once.
 *
 * A put is one pipeline, shared with the puts that come at the same time. None of its commands needs the others to be
 * undone: were it cut in the middle, the driver's next fix, some seconds later, sets everything right.
 */
const STREAM_LENGTH = 10_000
const READ_EVERY_MS = 250
const READ_COUNT_MAX = 1_000
/** A driver who has been silent for so long is forgotten: no fix that is older is taken. */
const KEPT_MS = 3_600_000
/** Commands of one request are done one by one behind the gateway, within one deadline. */
const LOAD_COUNT_MAX = 200
const STALLED_MS = 5_000
const CLEAN_EVERY_MS = 60_000
const BATCH_LIMITS = { itemsMax: 40, inFlightMax: 2, slowMs: 100, waitingMax: 5_000 }

const ZONES_EVERY_MS = 1_000
const ZONES = 'ridendine:positions:zones'
const AT = 'ridendine:positions:at'
const OUTSIDE = 'outside'
const fixKey = (driverId: string) => `ridendine:position:${driverId}`
const streamKey = (zone: string) => `ridendine:positions:in:${zone}`
const FIRST_ID = '0-0'

const StoredFix = z.object({
  lat: z.number(),
  lng: z.number(),
  recordedAt: z.string(),
  receivedAt: z.string().optional(),
  accuracyMeters: z.number().optional(),
  speedMps: z.number().optional(),
  headingDegrees: z.number().optional(),
})
const Entry = z.object({ driverId: z.string(), fix: StoredFix.nullable() })

type Put = { driverId: string; fix: Fix }
type StreamEntry = [id: string, fields: string[]]

const heard = counter('positions_heard_total', 'Fixes read from the streams of all replicas', ['outcome'])

export type RedisPositions = PositionStore & { start(): Promise<void>; stop(): Promise<void> }

export const redisPositionStore = (redis: RedisClient, local: LocalPositions, zones: ZoneAreas): RedisPositions => {
  const lastIds = new Map<string, string>()
  /** Zones whose stream Redis knows of, as far as we know. */
  const listed = new Set<string>()
  /** What Redis has to be told when it is back. */
  const unsent = new Set<string>()
  const unremoved = new Set<string>()
  let inStep = false
  let stopped = false
  let cleanedMs = 0
  let readMs = 0
  let zonesMs = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let reading: Promise<void> = Promise.resolve()

  const putTogether = batcher<Put, boolean>(async (puts) => {
    const zonesOfPuts = puts.map(({ fix }) => zones.zoneOf(fix) ?? OUTSIDE)
    const unlisted = [...new Set(zonesOfPuts)].filter((zone) => !listed.has(zone))
    const results = await redis.pipeline((commands) => {
      for (const [index, put] of puts.entries()) queuePut(commands, put, zonesOfPuts[index]!)
      for (const zone of unlisted) commands.sadd(ZONES, zone)
    })
    for (const zone of unlisted) listed.add(zone)
    return puts.map((_, index) => ({ status: 'fulfilled', value: results[index * COMMANDS_OF_PUT] === 1 }))
  }, BATCH_LIMITS)

  /** Without Redis a fix is known here alone; it is sent when Redis is back, if it is still the newest then. */
  const share = async (driverId: string, fix: Fix): Promise<boolean> => {
    try {
      return await putTogether({ driverId, fix })
    } catch (error) {
      if (!isPassing(error)) throw error
      unsent.add(driverId)
      return true
    }
  }

  const unshare = async (driverId: string) => {
    try {
      await redis.pipeline((commands) => {
        commands.zrem(AT, driverId)
        commands.del(fixKey(driverId))
        queueEntry(commands, OUTSIDE, { driverId, fix: null })
      })
      unremoved.delete(driverId)
    } catch (error) {
      if (!isPassing(error)) throw error
      unremoved.add(driverId)
    }
  }

  const readZones = async () => {
    const [found] = (await redis.pipeline((commands) => commands.smembers(ZONES))) as [string[]]
    zonesMs = performance.now()
    listed.clear()
    for (const zone of found) listed.add(zone)
  }

  const streams = () => [...new Set([...listed, OUTSIDE])].map(streamKey)

  /** Begins anew: sends what was kept back, notes the end of each stream, then reads what came before. */
  const comeInStep = async () => {
    for (const driverId of [...unremoved]) await unshare(driverId)
    await readZones()
    const keys = streams()
    const ends = await redis.pipeline((commands) => {
      for (const key of keys) commands.xrevrange(key, '+', '-', 1)
    })
    lastIds.clear()
    for (const [index, key] of keys.entries()) lastIds.set(key, (ends[index] as StreamEntry[])[0]?.[0] ?? FIRST_ID)
    await load()
    const ids = [...unsent]
    unsent.clear()
    const fixes = await local.get(ids)
    await Promise.all(ids.map((id, index) => fixes[index] && share(id, fixes[index])))
  }

  const load = async () => {
    const since = clock.nowMs() - KEPT_MS
    const [ids] = (await redis.pipeline((commands) => commands.zrange(AT, since, '+inf', { byScore: true }))) as [
      string[],
    ]
    for (let start = 0; start < ids.length; start += LOAD_COUNT_MAX) {
      const part = ids.slice(start, start + LOAD_COUNT_MAX)
      const found = (await redis.pipeline((commands) => {
        for (const id of part) commands.zrange(fixKey(id), -1, -1)
      })) as string[][]
      for (const [index, driverId] of part.entries()) {
        const fix = parsed(StoredFix, found[index]?.[0])
        if (fix) local.hear(driverId, fix)
      }
    }
  }

  /** Reads what has come since; true when there may be more. */
  const readStreams = async (): Promise<boolean> => {
    if (performance.now() - zonesMs > ZONES_EVERY_MS) await readZones()
    const keys = streams()
    const [found] = await redis.pipeline((commands) =>
      // A zone that is new to us is read from its beginning.
      commands.xread(
        keys,
        keys.map((key) => lastIds.get(key) ?? FIRST_ID),
        { count: READ_COUNT_MAX },
      ),
    )
    const perStream = (found ?? []) as [string, StreamEntry[]][]
    for (const [key, entries] of perStream) lastIds.set(key, entries.at(-1)![0])
    const entries = perStream.flatMap(([, entries]) => entries).sort(byId)
    for (const [, fields] of entries) hearEntry(fields)
    return perStream.some(([, entries]) => entries.length === READ_COUNT_MAX)
  }

  const hearEntry = (fields: string[]) => {
    const entry = parsed(Entry, fields[1])
    if (!entry) return heard.inc({ outcome: 'unreadable' })
    if (entry.fix === null) local.forget(entry.driverId)
    else heard.inc({ outcome: local.hear(entry.driverId, entry.fix) ? 'new' : 'known' })
  }

  const cleanUp = async () => {
    if (clock.nowMs() - cleanedMs < CLEAN_EVERY_MS) return
    cleanedMs = clock.nowMs()
    await redis.pipeline((commands) => commands.zremrangebyscore(AT, '-inf', cleanedMs - KEPT_MS))
  }

  const turn = async () => {
    // Who has not read for long may have missed what is no longer in the streams.
    if (redis.isAway || performance.now() - readMs > STALLED_MS) inStep = false
    if (redis.isAway) return
    try {
      if (!inStep) await comeInStep()
      inStep = true
      while (await readStreams()) if (stopped) return
      readMs = performance.now()
      await cleanUp()
    } catch (error) {
      inStep = false
      if (!isPassing(error)) log.error({ err: String(error) }, 'positions could not be read')
    }
  }

  const schedule = () => {
    timer = setTimeout(() => {
      reading = turn().finally(() => {
        if (!stopped) schedule()
      })
    }, READ_EVERY_MS)
  }

  return {
    put: async (driverId, fix) => (await local.put(driverId, fix)) && share(driverId, fix),
    get: local.get,
    remove: async (driverId) => {
      await local.remove(driverId)
      unsent.delete(driverId)
      await unshare(driverId)
    },
    subscribe: local.subscribe,
    start: async () => {
      await turn()
      schedule()
    },
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await reading
    },
  }
}

/** Redis is away, or more comes in than it takes: neither is a fault of ours. */
const isPassing = (error: unknown) => error instanceof RedisAway || error instanceof Problem

const COMMANDS_OF_PUT = 6

/** The first of its commands says whether the fix is the newest. */
const queuePut = (commands: RedisCommands, { driverId, fix }: Put, zone: string) => {
  const atMs = Date.parse(fix.recordedAt)
  commands.zadd(AT, { gt: true, ch: true }, { score: atMs, member: driverId })
  commands.zadd(fixKey(driverId), { score: atMs, member: JSON.stringify(fix) })
  commands.zremrangebyrank(fixKey(driverId), 0, -2)
  commands.pexpire(fixKey(driverId), KEPT_MS)
  queueEntry(commands, zone, { driverId, fix })
}

const queueEntry = (commands: RedisCommands, zone: string, entry: z.input<typeof Entry>) => {
  const trim = { type: 'MAXLEN', comparison: '~', threshold: STREAM_LENGTH } as const
  commands.xadd(streamKey(zone), '*', { entry: JSON.stringify(entry) }, { trim })
  commands.pexpire(streamKey(zone), KEPT_MS)
}

/** What another version has written, or a stranger, may not be what we expect: then it is as if it were not there. */
const parsed = <T>(schema: z.ZodType<T>, text: string | undefined): T | undefined => {
  if (text === undefined) return undefined
  try {
    return schema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

/** Ids are `<milliseconds>-<number>`. */
const byId = ([a]: StreamEntry, [b]: StreamEntry): number => {
  const [aMs, aNumber] = a.split('-').map(Number)
  const [bMs, bNumber] = b.split('-').map(Number)
  return aMs! - bMs! || aNumber! - bNumber!
}
