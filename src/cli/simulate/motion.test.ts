import { expect, test } from 'bun:test'
import { distanceMeters } from '#core/geo'
import { seededRandom } from '#demo/random'
import { createClock } from './clock'
import { straightLine } from './line'
import { createMotion, secondsStraight, type WayTo } from './motion'
import { randomOf } from './random'
import { createStop } from './stop'

const HOME = { lat: 57.7, lng: 11.97 }
const SHOP = { lat: 57.709, lng: 11.97 }
const never = new Promise<never>(() => {})
const inAHundredSeconds: WayTo = async (from, to) => straightLine(from, to, 100)

/** A driver and a clock, a thousand times as fast as ours, whose real time the test turns. */
const driver = (wayTo: WayTo = inAHundredSeconds, seed = 1) => {
  let ms = 0
  const clock = createClock({ startsAt: 0, speed: 1_000, stop: createStop(), realMs: () => ms })
  const motion = createMotion({ clock, vehicle: 'car', start: HOME, wayTo, random: randomOf(seededRandom(seed)) })
  return { motion, clock, turn: (seconds: number) => (ms += seconds) }
}

/** Lets what is due come. */
const settle = () => Bun.sleep(5)

test('a driver is on his way until the way is over', async () => {
  const { motion, turn } = driver()
  const driving = motion.driveTo(SHOP, never)
  await settle()
  turn(50)
  expect(motion.isMoving).toBe(true)
  expect(motion.place().lat).toBeCloseTo(57.7045, 5)
  turn(60)
  expect(await driving).toBe(true)
  expect(motion.isMoving).toBe(false)
  expect(motion.place()).toEqual(SHOP)
})

test('a driver who is called off on his way stays where he is', async () => {
  const { motion, turn } = driver()
  const off = Promise.withResolvers<void>()
  const driving = motion.driveTo(SHOP, off.promise)
  await settle()
  turn(50)
  off.resolve()
  expect(await driving).toBe(false)
  turn(1_000)
  expect(motion.place().lat).toBeCloseTo(57.7045, 5)
  expect(motion.isMoving).toBe(false)
})

test('a driver who is called off while he looks for the way does not set out', async () => {
  const { motion, turn } = driver(() => never)
  expect(await motion.driveTo(SHOP, Promise.resolve())).toBe(false)
  turn(50)
  expect(motion.place()).toEqual(HOME)
})

test('he looks for the way once, however many fixes he sends', async () => {
  let asked = 0
  const { motion, turn } = driver((from, to) => {
    asked++
    return inAHundredSeconds(from, to)
  })
  const driving = motion.driveTo(SHOP, never)
  await settle()
  for (let i = 0; i <= 20; i++) {
    turn(5)
    motion.fix()
  }
  await driving
  expect(asked).toBe(1)
})

test('fixes are a few metres off, as much as they say, and say speed and heading while he moves', async () => {
  const { motion, turn } = driver()
  const driving = motion.driveTo(SHOP, never)
  await settle()
  turn(50)
  const fixes = Array.from({ length: 400 }, () => motion.fix())
  const metersOff = fixes.map((fix) => distanceMeters(fix, motion.place())).sort((a, b) => a - b)
  expect(metersOff[0]).toBeGreaterThan(0)
  expect(metersOff[200]).toBeWithin(2, 6)
  expect(metersOff[380]).toBeLessThan(2 * fixes[0]!.accuracyMeters)
  expect(fixes[0]).toMatchObject({ speedMps: 10, headingDegrees: 0 })
  turn(60)
  await driving
  expect(motion.fix().speedMps).toBe(0)
  expect('headingDegrees' in motion.fix()).toBe(false)
})

test('the same seed, the same errors; another, others', () => {
  const of = (seed: number) => {
    const { motion } = driver(inAHundredSeconds, seed)
    return Array.from({ length: 5 }, () => motion.fix())
  }
  expect(of(1)).toEqual(of(1))
  expect(of(1)).not.toEqual(of(2))
})

test('a straight line takes the detour that streets would', () => {
  // 1,001 m as the crow flies, 1,301 m by street, at 7.5 m/s.
  expect(secondsStraight(HOME, SHOP, 'car')).toBeCloseTo(173.5, 0)
  expect(secondsStraight(HOME, SHOP, 'bike')).toBeGreaterThan(secondsStraight(HOME, SHOP, 'car'))
})
