import { expect, test } from 'bun:test'
import { createClock, timeOfDay } from './clock'
import { createStop, Stopped, untilStopped } from './stop'

const NOON = 12 * 3_600

/** A clock whose real time the test turns. */
const turned = (speed: number) => {
  let ms = 0
  const stop = createStop()
  const clock = createClock({ startsAt: NOON, speed, stop, realMs: () => ms })
  return { clock, stop, turn: (by: number) => (ms += by) }
}

test('virtual time runs as many times as fast', () => {
  const { clock, turn } = turned(60)
  expect(clock.now()).toBe(NOON)
  turn(2_000)
  expect(clock.now()).toBe(NOON + 120)
  expect(clock.realMsOf(120)).toBe(2_000)
})

test('a day begins when it is told to', () => {
  const { clock, turn } = turned(60)
  turn(1_000)
  clock.startAt(NOON)
  expect(clock.now()).toBe(NOON)
})

test('who waits is woken when the virtual time has come, and not before', async () => {
  const { clock, turn } = turned(1_000)
  let isAwake = false
  const waiting = clock.sleep(5).then(() => {
    isAwake = true
  })
  await Bun.sleep(10)
  expect(isAwake).toBe(false)
  turn(5)
  await waiting
  expect(isAwake).toBe(true)
})

test('to be stopped ends every wait, the running and the new ones', async () => {
  const { clock, stop } = turned(1)
  const waiting = clock.sleep(1_000)
  stop.raise('enough')
  await expect(waiting).rejects.toBeInstanceOf(Stopped)
  await expect(clock.pause(1)).rejects.toBeInstanceOf(Stopped)
  await expect(stop.orStopped(new Promise(() => {}))).rejects.toBeInstanceOf(Stopped)
  expect(stop.reason).toBe('enough')
  stop.clear()
  await clock.pause(0)
  expect(await stop.orStopped(Promise.resolve('come'))).toBe('come')
})

test('being stopped is an end, a mistake is not', async () => {
  await untilStopped(async () => {
    throw new Stopped()
  })
  const broken = untilStopped(async () => {
    throw new TypeError('a mistake')
  })
  await expect(broken).rejects.toThrow('a mistake')
})

test('the time of day is told as on a wall clock', () => {
  expect(timeOfDay(NOON + 5 * 60 + 59)).toBe('12:05')
  expect(timeOfDay(25 * 3_600)).toBe('next day 01:00')
})
