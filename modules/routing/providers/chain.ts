import type { LatLng } from '#core/geo'
import { counter } from '#core/metrics'
import type { Profile } from '../graph/road-graph.ts'
import type { Leg } from '../travel.ts'
import { Grid } from './grid.ts'
import type { LegCache } from './leg-cache.ts'
import type { Left, Link } from './links.ts'
import type { Way } from './provider.ts'

/** Providers one after the other, within one deadline; what none of them knows is estimated. */

const legs = counter('routing_legs_total', 'Legs by who answered: a provider, the cache, or the great circle', [
  'source',
])
const fallbacks = counter('routing_fallbacks_total', 'Times that a provider left something to the next, and why', [
  'provider',
  'reason',
])

export type Route = Leg & { geometry: LatLng[] }
/** `durations[origin][destination]` in seconds. */
export type Table = { durations: number[][]; isApproximate: boolean }

export type ChainOptions = {
  links: readonly Link[]
  cache: LegCache
  /** The last resort. */
  estimate: (from: LatLng, to: LatLng) => Leg
}

export type Chain = ReturnType<typeof createChain>

export const createChain = ({ links, cache, estimate }: ChainOptions) => {
  /** Asks for what is missing until nothing is, or nobody is left, or time is up. */
  const fill = async (grid: Grid, deadlineMs: number) => {
    const endsAtMs = performance.now() + deadlineMs
    const asked = links.filter(({ serves }) => serves(grid.profile))
    const remote = asked.filter(({ isRemote }) => isRemote)
    let remoteAnswers = 0
    let isCacheRead = false
    for (const [index, link] of asked.entries()) {
      if (grid.missingCount === 0) return
      if (link.isRemote && !isCacheRead) {
        isCacheRead = true
        countLegs('cache', grid, () => grid.fillFrom(cache))
      }
      if (link.isRemote && grid.wantedCount === 0) continue
      const given = new AbortController()
      const before = grid.missingCount
      const left = await inTime<Left>(link.fill(grid, given.signal), shareOf(asked, index, endsAtMs))
      given.abort()
      count(link.name, before - grid.missingCount)
      if (left !== 'answered') fallbacks.inc({ provider: link.name, reason: left })
      if (link.isRemote && (left === 'answered' || left === 'no-way')) remoteAnswers++
    }
    // Nobody knows a way there: that is worth knowing, too.
    const isKnown = remote.length > 0 && remoteAnswers === remote.length
    if (isKnown && remote.every(({ mayKeep }) => mayKeep)) keepMissing(grid, cache)
  }

  /** Durations in seconds, `[origin][destination]`, and whether any of them is estimated. */
  const table = async (
    origins: readonly LatLng[],
    destinations: readonly LatLng[],
    profile: Profile,
    deadlineMs: number,
  ): Promise<Table> => {
    const grid = new Grid(origins, destinations, profile, false)
    await fill(grid, deadlineMs)
    const isApproximate = grid.missingCount > 0
    count('great-circle', grid.missingCount)
    const durations = origins.map((from, row) =>
      destinations.map((to, column) => {
        const duration = grid.durations[row * destinations.length + column]!
        return Number.isNaN(duration) ? estimate(from, to).durationSeconds : Math.round(duration)
      }),
    )
    return { durations, isApproximate }
  }

  return {
    leg: async (from: LatLng, to: LatLng, profile: Profile, deadlineMs: number): Promise<Leg> => {
      const grid = new Grid([from], [to], profile, true)
      await fill(grid, deadlineMs)
      if (!grid.isMissing(0)) return legOf({ durationSeconds: grid.durations[0]!, distanceMeters: grid.distances[0]! })
      count('great-circle', 1)
      return estimate(from, to)
    },

    table,

    durations: async (...question: Parameters<typeof table>): Promise<number[][]> =>
      (await table(...question)).durations,

    /** With its line; the straight one where nobody knows a way. */
    route: async (from: LatLng, to: LatLng, profile: Profile, deadlineMs: number): Promise<Route> => {
      const endsAtMs = performance.now() + deadlineMs
      const asked = links.filter(({ serves }) => serves(profile))
      for (const [index, link] of asked.entries()) {
        const question = { from, to, profile, withGeometry: true }
        const way = await inTime<Way | Left>(link.route(question), shareOf(asked, index, endsAtMs))
        if (typeof way !== 'string') {
          count(link.name, 1)
          return { ...legOf(way), geometry: way.geometry ?? [] }
        }
        fallbacks.inc({ provider: link.name, reason: way })
      }
      count('great-circle', 1)
      return { ...estimate(from, to), geometry: [from, to] }
    },
  }
}

const count = (source: string, found: number) => {
  if (found > 0) legs.inc({ source }, found)
}

const countLegs = (source: string, grid: Grid, act: () => void) => {
  const before = grid.missingCount
  act()
  count(source, before - grid.missingCount)
}

const legOf = ({ durationSeconds, distanceMeters }: Way): Leg => ({
  distanceMeters: Math.round(distanceMeters),
  durationSeconds: Math.round(durationSeconds),
  approximate: false,
})

/**
 * How long one of them is waited for. What is left is shared with those after it that could answer, so that one that
 * hangs leaves the next its time.
 */
const shareOf = (asked: readonly Link[], index: number, endsAtMs: number): number => {
  const sharing = asked.slice(index + 1).filter(({ isRemote, isResting }) => isRemote && !isResting()).length
  return Math.max(0, endsAtMs - performance.now()) / (1 + sharing)
}

/** What comes too late still goes to the cache, and is there for the next who asks. */
const inTime = async <T>(answer: Promise<T>, ms: number): Promise<T | 'late'> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, ms, 'late')
  })
  const first = await Promise.race([answer, late])
  clearTimeout(timer)
  return first
}

const keepMissing = (grid: Grid, cache: LegCache) => {
  for (let cell = 0; cell < grid.durations.length; cell++) {
    if (grid.isMissing(cell)) cache.set(grid.key(cell), { durationSeconds: NaN, distanceMeters: NaN })
  }
}
