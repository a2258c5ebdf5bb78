import { expect, test } from 'bun:test'
import { seededRandom } from '#demo/random'
import { erlangB, erlangC, simulateQueue, waitMean, waitQuantile } from './queue.ts'

test.each([
  // Published tables of Erlang B: 2 lines at 1 erlang, 5 at 3, 10 at 5, 100 at 84.06.
  [2, 1, 0.2],
  [5, 3, 0.1101],
  [10, 5, 0.0184],
  [100, 84.06, 0.01],
])('Erlang B of %d lines at %d erlang is %d', (servers, load, expected) => {
  expect(erlangB(servers, load)).toBeCloseTo(expected, 4)
})

test('Erlang C: one line waits as often as it is busy; two at one erlang a third of the time', () => {
  expect(erlangC(1, 0.7)).toBeCloseTo(0.7, 12)
  expect(erlangC(2, 1)).toBeCloseTo(1 / 3, 12)
  expect(erlangC(10, 8)).toBeCloseTo(0.4092, 4)
  expect(erlangC(3, 3)).toBe(1)
})

test('one line waits as M/M/1 does: load times service time over what is left', () => {
  const queue = { servers: 1, arrivalRate: 8, serviceSeconds: 0.1 }
  expect(waitMean(queue)).toBeCloseTo(0.4, 12)
  // P(W > t) = 0.8 e^(-2t) is 0.05 at t = ln(16) / 2.
  expect(waitQuantile(queue, 0.95)).toBeCloseTo(Math.log(16) / 2, 12)
  expect(waitQuantile(queue, 0.1)).toBe(0)
})

test('at full load nobody can say how long', () => {
  expect(waitMean({ servers: 2, arrivalRate: 20, serviceSeconds: 0.1 })).toBe(Number.POSITIVE_INFINITY)
  expect(waitQuantile({ servers: 2, arrivalRate: 30, serviceSeconds: 0.1 }, 0.95)).toBe(Number.POSITIVE_INFINITY)
})

test.each([1, 3, 8])('%d lines in events wait as the formulas say', (servers) => {
  const queue = { servers, arrivalRate: servers * 7.5, serviceSeconds: 0.1 }
  const waits = simulateQueue(queue, 200_000, seededRandom(7)).sort((a, b) => a - b)
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length
  expect(Math.abs(mean / waitMean(queue) - 1)).toBeLessThan(0.1)
  expect(Math.abs(waits[Math.floor(waits.length * 0.95)]! / waitQuantile(queue, 0.95) - 1)).toBeLessThan(0.1)
})
