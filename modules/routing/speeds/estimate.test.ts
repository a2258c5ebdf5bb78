import { describe, expect, test } from 'bun:test'
import {
  type Evidence,
  FACTOR_MAX,
  FACTOR_MIN,
  RECENT_HALF_LIFE_SECONDS,
  remembered,
  type SideFacts,
  speedFactor,
  TRIPS_MIN,
  TYPICAL_HALF_LIFE_SECONDS,
} from './estimate'

/** So many drives along a side of 200 m at a speed. */
const drives = (trips: number, mps: number): Evidence => ({ trips, meters: trips * 200, seconds: (trips * 200) / mps })
const side = (facts: Partial<SideFacts> = {}): SideFacts => ({
  lengthMeters: 200,
  baseMps: 10,
  hourFactor: 1,
  ...facts,
})

describe('the speed of a side', () => {
  test('is the map’s where nothing is known, and that of the hour where only that is', () => {
    expect(speedFactor(side())).toBe(1)
    expect(speedFactor(side({ hourFactor: 0.7 }))).toBeCloseTo(0.7)
  })

  test('comes the nearer to what was seen the more drives there were', () => {
    const factors = [3, 4, 12, 1_000].map((trips) => speedFactor(side({ typical: drives(trips, 5) })))
    // Four drives weigh as much as the map: (800 + 800) m in (160 + 80) s.
    expect(factors[1]).toBeCloseTo(1600 / 240 / 10)
    expect(factors).toEqual(factors.toSorted((a, b) => b - a))
    expect(factors.at(-1)).toBeCloseTo(0.5, 2)
  })

  test('follows what was seen of late before what is usual at this hour', () => {
    const typical = drives(100, 8)
    const usual = speedFactor(side({ typical }))
    const jammed = speedFactor(side({ typical, recent: drives(10, 2) }))
    expect(usual).toBeCloseTo(0.8, 1)
    expect(jammed).toBeLessThan(0.3)
    // What is usual is the prior of what is recent: three drives of it.
    expect(speedFactor(side({ typical, recent: drives(3, 8) }))).toBeCloseTo(usual, 2)
  })

  test('is not told by too few trips', () => {
    expect(speedFactor(side({ typical: drives(TRIPS_MIN - 0.1, 2) }))).toBe(1)
    expect(speedFactor(side({ recent: drives(TRIPS_MIN - 0.1, 2) }))).toBe(1)
    expect(speedFactor(side({ recent: drives(TRIPS_MIN, 2) }))).toBeLessThan(0.5)
  })

  test('stays within its bounds, whatever was seen', () => {
    expect(speedFactor(side({ recent: drives(1_000, 0.01) }))).toBe(FACTOR_MIN)
    expect(speedFactor(side({ recent: drives(1_000, 100) }))).toBe(FACTOR_MAX)
    expect(speedFactor(side({ hourFactor: 0.01 }))).toBe(FACTOR_MIN)
  })

  test('counts metres by seconds: a quick part does not make up for a long wait', () => {
    const stuck: Evidence = { trips: 10, meters: 2_000, seconds: 9 * 20 + 200 }
    expect(speedFactor(side({ typical: stuck }))).toBeCloseTo((2_000 + 800) / (380 + 80) / 10)
  })
})

describe('what was seen', () => {
  test('counts half after a half-life and says the same speed', () => {
    const seen = drives(8, 5)
    expect(remembered(seen, RECENT_HALF_LIFE_SECONDS, RECENT_HALF_LIFE_SECONDS)).toEqual(drives(4, 5))
    expect(remembered(seen, 0, TYPICAL_HALF_LIFE_SECONDS)).toEqual(seen)
    expect(remembered(seen, -60, TYPICAL_HALF_LIFE_SECONDS)).toEqual(seen)
  })

  test('is told no more once too little of it is left', () => {
    const after = (halfLives: number) => speedFactor(side({ recent: remembered(drives(20, 2), halfLives * 100, 100) }))
    expect(after(0)).toBeLessThan(after(2))
    expect(after(2)).toBeLessThan(1)
    expect(after(3)).toBe(1)
  })
})
