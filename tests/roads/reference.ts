/**
 * `bun run test:roads`: a thousand routes in each of three cities beside those of OSRM 6.0 (its car profile as it is).
 * Routes are the same where they differ by less than 1 % in length.
 */
import { afterAll, expect, test } from 'bun:test'
import { createRouter } from '#modules/routing/graph/create-router'
import { prepare } from '#modules/routing/graph/prepare'
import type { Router } from '#modules/routing/graph/router'
import { extractGraph, type ReferencePair, referencePairs } from '#support/road-extracts'
import { percentile } from '../bench/statistics.ts'

const MEDIAN = [0.97, 1.03] as const
const P5_TO_P95 = [0.85, 1.15] as const
const SAME_DISTANCE = 0.01
/** Of the routes, in the least alike city. */
const SAME_SHARE_MIN = 0.9

type Ratios = { duration: number; distance: number }

const ratiosOf = (router: Router, pairs: readonly ReferencePair[]): Ratios[] =>
  pairs.flatMap(({ from, to, duration_s, distance_m }) => {
    // A pair on one spot has no ratio.
    if (duration_s === 0 || distance_m === 0) return []
    const [start] = router.snap({ lat: from.lat, lng: from.lon })
    const [end] = router.snap({ lat: to.lat, lng: to.lon })
    const path = start && end && router.path(start, end)
    const { durationSeconds, distanceMeters } = path ?? { durationSeconds: Infinity, distanceMeters: Infinity }
    return [{ duration: durationSeconds / duration_s, distance: distanceMeters / distance_m }]
  })

const rows: Record<string, string | number>[] = []
afterAll(() => console.table(rows))

const isWithin = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high

test.each(['andorra', 'baltimore', 'goteborg'])('%s: durations and distances as OSRM has them', async (city) => {
  const pairs = await referencePairs(city)
  const ratios = ratiosOf(createRouter(prepare(await extractGraph(city))), pairs)
  const same = ratios.filter(({ distance }) => Math.abs(distance - 1) <= SAME_DISTANCE)
  const durations = ratios.map(({ duration }) => duration)
  const at = (percent: number) => percentile(durations, percent)
  rows.push({
    city,
    pairs: ratios.length,
    ...Object.fromEntries([0, 1, 5, 50, 95, 99, 100].map((percent) => [`p${percent}`, at(percent).toFixed(3)])),
    'same route': `${((100 * same.length) / ratios.length).toFixed(1)} %`,
    'its median': percentile(
      same.map(({ duration }) => duration),
      50,
    ).toFixed(4),
    'median distance': percentile(
      ratios.map(({ distance }) => distance),
      50,
    ).toFixed(4),
  })
  expect(ratios.length).toBeGreaterThan(pairs.length * 0.99)
  expect(isWithin(at(50), MEDIAN)).toBe(true)
  expect(isWithin(at(5), P5_TO_P95)).toBe(true)
  expect(isWithin(at(95), P5_TO_P95)).toBe(true)
  const distances = ratios.map(({ distance }) => distance)
  expect(Math.abs(percentile(distances, 50) - 1)).toBeLessThan(SAME_DISTANCE)
  expect(same.length / ratios.length).toBeGreaterThan(SAME_SHARE_MIN)
})
