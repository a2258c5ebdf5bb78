import { beforeAll, describe, expect, test } from 'bun:test'
import { type Drive, driveAlong, metersBySide, moved, normal, placeAt } from '#support/drives'
import { chanceFrom, goteborgGraph } from '#support/road-city'
import { at, type PlannedStreet, prepareStreets } from '#support/street-plan'
import { createRouter } from './create-router'
import { type Match, type MatchPoint, matchTrace, SIGMA_METERS, sigmaOfAccuracy } from './match'
import { prepare } from './prepare'
import { ROAD_BRIDGE } from './road-graph'
import type { Router } from './router'

const fixAt = (north: number, east: number, atSeconds?: number, headingDegrees?: number): MatchPoint => ({
  ...at(north, east),
  sigmaMeters: SIGMA_METERS,
  ...(atSeconds === undefined ? {} : { atSeconds }),
  ...(headingDegrees === undefined ? {} : { headingDegrees }),
})

const street = (name: string, ...points: PlannedStreet['points']): PlannedStreet => ({ points, tags: { name } })

const routerOf = (streets: readonly PlannedStreet[]): Router => createRouter(prepareStreets(streets))

const matchedMeters = (router: Router, { matchings }: Match): Map<number, number> => {
  const all = new Map<number, number>()
  for (const { legs } of matchings)
    for (const leg of legs)
      for (const [side, meters] of metersBySide(driveAlong(router.graph, leg)))
        all.set(side, (all.get(side) ?? 0) + meters)
  return all
}

const namesOf = (router: Router, match: Match): Set<string> => {
  const { roadName, texts } = router.graph
  const nameOf = (road: number) =>
    new TextDecoder().decode(texts.bytes.subarray(texts.first[roadName[road]!]!, texts.first[roadName[road]! + 1]!))
  const driven = [...matchedMeters(router, match)].filter(([, meters]) => meters > 1)
  return new Set(driven.map(([side]) => nameOf(side >> 1)))
}

const lengthOf = (match: Match): number =>
  match.matchings.reduce((sum, { legs }) => sum + legs.reduce((all, leg) => all + leg.distanceMeters, 0), 0)

describe('on Göteborg', () => {
  let router: Router
  beforeAll(async () => {
    router = createRouter(prepare(await goteborgGraph()))
  })

  const TRIPS = 25

  const drives = (chance: () => number): Drive[] => {
    const somewhere = () => router.snap({ lat: 57.66 + chance() * 0.08, lng: 11.9 + chance() * 0.15 })[0]
    const found: Drive[] = []
    while (found.length < TRIPS) {
      const [from, to] = [somewhere(), somewhere()]
      const path = from && to && router.path(from, to)
      if (path && path.distanceMeters > 1_500) found.push(driveAlong(router.graph, path, () => 1.3))
    }
    return found
  }

  /** Shares of the metres driven between the first fix and the last: on their own sides, and beside them. */
  const shares = (everySeconds: number, noiseMeters: number) => {
    const chance = chanceFrom(4)
    const sums = { driven: 0, right: 0, wrong: 0 }
    for (const drive of drives(chance)) {
      const seconds = Math.floor(drive.seconds / everySeconds) * everySeconds
      const trace: MatchPoint[] = []
      for (let t = 0; t <= seconds; t += everySeconds) {
        const { lat, lng } = moved(placeAt(drive, t), normal(chance) * noiseMeters, normal(chance) * noiseMeters)
        trace.push({ lat, lng, atSeconds: t, sigmaMeters: noiseMeters })
      }
      const matched = matchedMeters(router, matchTrace(router, trace))
      const driven = metersBySide(drive, seconds)
      for (const [side, meters] of driven) {
        sums.driven += meters
        sums.right += Math.min(meters, matched.get(side) ?? 0)
      }
      for (const [side, meters] of matched) sums.wrong += Math.max(0, meters - (driven.get(side) ?? 0))
    }
    return { right: sums.right / sums.driven, wrong: sums.wrong / sums.driven }
  }

  test.each([
    [5, 4, 0.99],
    [5, 8, 0.98],
    [10, 8, 0.975],
    [15, 15, 0.95],
    [30, 8, 0.96],
  ])('fixes every %i s, off by %i m, come to the roads that were driven', (everySeconds, noiseMeters, rightMin) => {
    const { right, wrong } = shares(everySeconds, noiseMeters)
    expect(right).toBeGreaterThan(rightMin)
    expect(wrong).toBeLessThan(1 - rightMin)
  })
})

describe('where the right answer is plain', () => {
  /** Two streets 30 m apart, joined at both ends 600 m apart; a dead end to turn round at joins their directions. */
  const parallel: PlannedStreet[] = [
    street('South', [0, 0], [0, 600]),
    street('North', [30, 0], [30, 600]),
    street('West', [0, 0], [30, 0]),
    street('East', [0, 600], [30, 600]),
    street('End', [0, 600], [0, 700]),
  ]

  test('of two parallel roads the nearer one all along, though single fixes lie nearer to the other', () => {
    const router = routerOf(parallel)
    const norths = [4, -3, 18, 3, 17, -2, 5, 16, 1]
    const match = matchTrace(
      router,
      norths.map((north, i) => fixAt(north, 40 + i * 60, i * 6)),
    )
    expect(namesOf(router, match)).toEqual(new Set(['South']))
    expect(match.tracepoints.every((one) => one !== undefined && one.otherCount >= 1)).toBe(true)
    expect(lengthOf(match)).toBeCloseTo(480, -1)
  })

  test('a way that could be either of two is not sure; one that could be no other is', () => {
    const router = routerOf(parallel)
    const along = (north: number) =>
      matchTrace(
        router,
        [0, 1, 2, 3, 4].map((i) => fixAt(north, 100 + i * 80, i * 8)),
      ).matchings[0]!.confidence
    expect(along(15)).toBeLessThan(0.9)
    expect(along(-5)).toBeGreaterThan(0.97)
  })

  test('a bridge is not left for the road below it', () => {
    const router = routerOf([
      {
        points: [
          [0, 0],
          [0, 300],
          [0, 600],
        ],
        tags: { name: 'Bridge', bridge: 'yes', layer: '1' },
      },
      street('Below', [-300, 301], [300, 301]),
      street('Round', [0, 0], [-300, 0], [-300, 301]),
    ])
    const trace = [0, 1, 2, 3, 4, 5].map((i) => fixAt(i === 3 ? 14 : 0, 60 + i * 80, i * 8))
    const match = matchTrace(router, trace)
    expect(namesOf(router, match)).toEqual(new Set(['Bridge']))
    const road = match.tracepoints[3]!.snap.road
    expect(router.graph.roadFlags[road]! & ROAD_BRIDGE).toBe(ROAD_BRIDGE)
  })

  test('a tunnel without fixes is driven through when the gap is short, and splits the trip when it is long', () => {
    const router = routerOf([
      {
        points: [
          [0, 0],
          [0, 3_000],
        ],
      },
    ])
    const through = (gapSeconds: number) =>
      matchTrace(router, [
        fixAt(2, 100, 0),
        fixAt(-2, 200, 10),
        fixAt(3, 200 + gapSeconds * 10, 10 + gapSeconds),
        fixAt(0, 300 + gapSeconds * 10, 20 + gapSeconds),
      ]).matchings
    expect(through(50).map(({ points }) => points)).toEqual([[0, 1, 2, 3]])
    expect(through(120).map(({ points }) => points)).toEqual([
      [0, 1],
      [2, 3],
    ])
    const whole = matchTrace(router, [fixAt(2, 100, 0), fixAt(3, 1_500, 130)], { isSplitAtGaps: false })
    expect(whole.matchings).toHaveLength(1)
  })

  test('a turn in the middle of a road ends a matching and begins another, in the other direction', () => {
    const router = routerOf([
      {
        points: [
          [0, 0],
          [0, 2_000],
        ],
      },
    ])
    const easts = [800, 880, 960, 1_040, 960, 880, 800]
    const { matchings } = matchTrace(
      router,
      easts.map((east, i) => fixAt(1, east, i * 8)),
    )
    expect(matchings).toHaveLength(2)
    expect(matchings.map(({ snaps }) => snaps.at(-1)!.sides)).toEqual([0b01, 0b10])
  })

  test('a heading says which way a vehicle goes of which there are two fixes at one place', () => {
    const router = routerOf([
      {
        points: [
          [0, 0],
          [0, 1_000],
        ],
      },
    ])
    const going = (headingDegrees: number) =>
      matchTrace(router, [fixAt(1, 500, 0, headingDegrees), fixAt(1, 500, 5, headingDegrees)]).matchings[0]!.snaps[0]!
        .sides
    expect([going(90), going(270)]).toEqual([0b01, 0b10])
  })

  test('who stands still has driven nowhere, however his fixes wander', () => {
    const router = routerOf(parallel)
    const chance = chanceFrom(2)
    const trace = Array.from({ length: 40 }, (_, i) => fixAt(normal(chance) * 8, 300 + normal(chance) * 8, i * 5))
    const match = matchTrace(router, trace)
    expect(match.matchings).toHaveLength(1)
    expect(lengthOf(match)).toBeLessThan(40)
    expect(namesOf(router, match)).toEqual(new Set(['South']))
  })

  test('a fix that jumps away is left out', () => {
    const router = routerOf([
      street('South', [0, 0], [0, 1_000]),
      street('North', [400, 0], [400, 1_000]),
      street('West', [0, 0], [400, 0]),
      street('East', [0, 1_000], [400, 1_000]),
    ])
    const easts = [100, 200, 300, 400, 500, 600]
    for (const jumped of [[2], [0], [5], [2, 3]]) {
      const match = matchTrace(
        router,
        easts.map((east, i) => fixAt(jumped.includes(i) ? 395 : 0, east, i * 10)),
      )
      expect(match.tracepoints.flatMap((one, i) => (one ? [] : [i]))).toEqual(jumped)
      expect(namesOf(router, match)).toEqual(new Set(['South']))
      expect(match.matchings).toHaveLength(1)
    }
  })

  test('a fix from before the last, one at the same instant and one far from any road are left out', () => {
    const router = routerOf([
      {
        points: [
          [0, 0],
          [0, 2_000],
        ],
      },
    ])
    const { tracepoints, matchings } = matchTrace(router, [
      fixAt(0, 100, 0),
      fixAt(0, 200, 10),
      fixAt(0, 150, 5),
      fixAt(0, 200, 10),
      fixAt(900, 300, 20),
      fixAt(0, 400, 30),
    ])
    expect(tracepoints.map((one) => one?.position)).toEqual([0, 1, undefined, undefined, undefined, 2])
    expect(matchings[0]!.points).toEqual([0, 1, 5])
  })

  test('tidy leaves out what hardly moved and came at once; without it every fix counts', () => {
    const router = routerOf([
      {
        points: [
          [0, 0],
          [0, 2_000],
        ],
      },
    ])
    const trace = Array.from({ length: 21 }, (_, i) => fixAt(0, 100 + i * 4, i))
    const countOf = (isTidy: boolean) => matchTrace(router, trace, { isTidy }).tracepoints.filter(Boolean).length
    expect(countOf(false)).toBe(21)
    expect(countOf(true)).toBeLessThan(8)
  })

  test('no fixes, one fix and fixes away from all roads give no matching', () => {
    const router = routerOf([
      {
        points: [
          [0, 0],
          [0, 1_000],
        ],
      },
    ])
    expect(matchTrace(router, [])).toEqual({ matchings: [], tracepoints: [] })
    expect(matchTrace(router, [fixAt(0, 100)])).toEqual({ matchings: [], tracepoints: [undefined] })
    expect(matchTrace(router, [fixAt(5_000, 0), fixAt(5_000, 50)]).matchings).toEqual([])
  })

  test('legs join: each begins where the one before ended', () => {
    const router = routerOf(parallel)
    const trace = [fixAt(0, 400, 0), fixAt(0, 560, 20), fixAt(28, 590, 30), fixAt(31, 480, 45)]
    const { matchings } = matchTrace(router, trace)
    expect(matchings).toHaveLength(1)
    const { legs, snaps } = matchings[0]!
    expect(legs.map(({ from }) => from)).toEqual(snaps.slice(0, -1))
    expect(legs.map(({ to }) => to)).toEqual(snaps.slice(1))
    expect(namesOf(router, matchTrace(router, trace))).toEqual(new Set(['South', 'East', 'North']))
  })
})

test('an accuracy of a phone becomes a deviation, never none and never without bound', () => {
  expect(sigmaOfAccuracy(undefined)).toBe(SIGMA_METERS)
  expect(sigmaOfAccuracy(0)).toBe(3)
  expect(sigmaOfAccuracy(12)).toBeCloseTo(8.5, 1)
  expect(sigmaOfAccuracy(100_000)).toBe(60)
})
