import { expect, test } from 'bun:test'
import { at } from '#support/street-plan'
import { type TimedFix, tripsOf } from './trips'

const fix = (seconds: number, east: number): TimedFix => ({ ...at(0, east), atMs: seconds * 1_000 })
/** Ten metres a second, a fix every five. */
const driving = (from: number, to: number, east = from * 10) =>
  Array.from({ length: (to - from) / 5 + 1 }, (_, i) => fix(from + i * 5, east + i * 50))
const standing = (from: number, to: number, east: number) =>
  Array.from({ length: (to - from) / 5 + 1 }, (_, i) => fix(from + i * 5, east + (i % 3) * 4))

const spans = (trips: TimedFix[][]) => trips.map((trip) => [trip[0]!.atMs / 1_000, trip.at(-1)!.atMs / 1_000])
const read = (fixes: TimedFix[], nowSeconds: number) => {
  const { trips, doneUntilMs } = tripsOf(fixes, nowSeconds * 1_000)
  return { spans: spans(trips), doneUntil: doneUntilMs / 1_000 }
}

test('a trip that has ended is read whole', () => {
  expect(read(driving(0, 100), 300)).toEqual({ spans: [[0, 100]], doneUntil: 100 })
})

test('a trip that goes on is left until a part of it is long enough; its newest fixes stay for the next part', () => {
  expect(read(driving(0, 100), 101)).toEqual({ spans: [], doneUntil: 0 })
  expect(read(driving(0, 400), 401)).toEqual({ spans: [[0, 380]], doneUntil: 380 })
})

test('a gap and a stop each end a trip; a red light does not', () => {
  expect(read([...driving(0, 100), ...driving(200, 300)], 600).spans).toEqual([
    [0, 100],
    [200, 300],
  ])
  const stop = [...driving(0, 100), ...standing(105, 400, 1_050), ...driving(405, 500, 1_100)]
  const [before, after] = read(stop, 700).spans
  expect(before).toEqual([0, 105])
  expect(after![0]).toBeWithin(395, 401)
  expect(after![1]).toBe(500)
  const light = [...driving(0, 100), ...standing(105, 165, 1_050), ...driving(170, 270, 1_100)]
  expect(read(light, 500).spans).toEqual([[0, 270]])
})

test('a stop that goes on is looked at again from its beginning', () => {
  const { spans: seen, doneUntil } = read([...driving(0, 300), ...standing(305, 500, 3_050)], 501)
  expect(seen).toEqual([[0, 305]])
  expect(doneUntil).toBe(305)
  // Nor is what may become a stop counted as driving.
  const perhaps = read([...driving(0, 300), ...standing(305, 360, 3_050)], 361)
  expect(perhaps.spans).toEqual([[0, 300]])
  expect(perhaps.doneUntil).toBe(300)
})

test('parts of a trip that are read one after the other hold every stretch exactly once', () => {
  const all = driving(0, 1_200)
  const seen: number[][] = []
  let doneUntil = 0
  for (let now = 60; now <= 1_500; now += 60) {
    const known = all.filter(({ atMs }) => atMs >= doneUntil * 1_000 && atMs <= now * 1_000)
    const part = read(known, now)
    seen.push(...part.spans)
    doneUntil = part.doneUntil
  }
  expect(seen[0]![0]).toBe(0)
  expect(seen.at(-1)![1]).toBe(1_200)
  for (let i = 1; i < seen.length; i++) expect(seen[i]![0]).toBe(seen[i - 1]![1])
})

test('no fixes and one fix are no trip', () => {
  expect(read([], 100)).toEqual({ spans: [], doneUntil: 100 })
  expect(read([fix(5, 0)], 100)).toEqual({ spans: [], doneUntil: 5 })
})
