import { expect, test } from 'bun:test'
import { candidatesOf, Decisions } from './decisions.ts'
import type { Candidate, Explanation } from './engine/problem.ts'

const NOW = new Date('2026-11-23T11:00:00Z')
/** The policy counts its seconds from an hour before. */
const ORIGIN_MS = NOW.getTime() - 3_600_000
const SOUP = '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c27'
const OMAR = '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c28'

const candidate = (more: Partial<Candidate> = {}): Candidate => ({
  driverId: OMAR,
  orderIds: [SOUP],
  pickupAt: 3_600 + 300,
  dropoffAt: 3_600 + 900.5,
  cost: {
    clickToDoor: 1_020.04,
    foodAge: 0,
    overdue: 12.36,
    driverTime: 255,
    slack: 0,
    others: 0,
    fairness: -3,
    outlook: 7.04,
    acceptance: 6,
    total: 1_284.4,
  },
  ...more,
})
const kept = (more: Partial<Candidate> = {}) => {
  const explanation: Explanation = {
    orderId: SOUP,
    driverId: OMAR,
    decision: 'cheapest',
    candidates: [candidate(more)],
  }
  return candidatesOf(explanation, ORIGIN_MS, NOW)[0]!
}

test("a policy's seconds become instants, and each term of the cost is kept to a tenth", () => {
  expect(kept()).toEqual({
    driverId: OMAR,
    pickupSeconds: 300,
    orderIds: [SOUP],
    pickupAt: '2026-11-23T11:05:00.000Z',
    dropoffAt: '2026-11-23T11:15:00.500Z',
    cost: {
      clickToDoor: 1_020,
      foodAge: 0,
      overdue: 12.4,
      driverTime: 255,
      slack: 0,
      others: 0,
      fairness: -3,
      outlook: 7,
      acceptance: 6,
      total: 1_284.4,
    },
  })
})

test('who cannot get there has no times and no cost, and the reason why he lost', () => {
  const far = Number.POSITIVE_INFINITY
  const cost = { ...candidate().cost, total: far }
  expect(kept({ pickupAt: far, dropoffAt: far, cost, lost: 'no way' })).toEqual({
    driverId: OMAR,
    pickupSeconds: null,
    orderIds: [SOUP],
    lost: 'no way',
  })
})

test('what is kept can be told, and so can what earlier versions kept', () => {
  const decision = {
    id: SOUP,
    orderId: SOUP,
    outcome: 'offered' as const,
    driverId: OMAR,
    policy: 'any',
    candidates: [kept(), { driverId: OMAR, pickupSeconds: null, lost: 'too far from the kitchen' }],
    actorId: null,
    reason: null,
    decidedAt: NOW.toISOString(),
  }
  expect(Decisions.parse(JSON.parse(JSON.stringify({ data: [decision] })))).toEqual({ data: [decision] })
})
