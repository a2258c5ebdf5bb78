import { z } from 'zod'
import { database, type Sql } from '#core/database'
import { Id } from '#core/ids'
import { Instant } from '#core/schema'
import type { Explanation } from './engine/problem.ts'

/** Why dispatch decided as it did: what is kept of each round, and how it is told. */

const Seconds = z.number()

/** Every term in seconds of click-to-door, as the policy weighed it; `total` is what was compared. */
const Cost = z.object({
  clickToDoor: Seconds,
  foodAge: Seconds,
  overdue: Seconds,
  driverTime: Seconds,
  /** Taken off for time to spare: who is free goes before who is just in time. Absent in what earlier versions kept. */
  slack: Seconds.optional(),
  /** What it does to the other orders of his. Absent likewise. */
  others: Seconds.optional(),
  fairness: Seconds,
  /** What it does to the orders still to come: where he ends, and when. Absent likewise. */
  outlook: Seconds.optional(),
  /** For the chance that he does not want it, and another is asked later. Absent likewise. */
  acceptance: Seconds.optional(),
  total: Seconds,
})

/** What earlier versions kept had neither times nor costs. */
const Candidate = z.object({
  driverId: Id,
  /** From the decision until he has the food in his hands; null: no way, or not worked out. */
  pickupSeconds: Seconds.nullable(),
  /** What he would have brought on one ride: this order alone, or with others. */
  orderIds: z.array(Id).optional(),
  pickupAt: Instant.optional(),
  dropoffAt: Instant.optional(),
  cost: Cost.optional(),
  /** Why he was not chosen; absent for the one who was. */
  lost: z.string().optional(),
})
export type StoredCandidate = z.output<typeof Candidate>

export const DECISION_OUTCOMES = [
  'offered',
  'assigned',
  'unassigned',
  'no_driver',
  /** Meant for a driver who is not asked yet: it may still change. */
  'planned',
  'claimed',
  'held',
  'released',
  'blocked',
  'unblocked',
  'reordered',
] as const
export type DecisionOutcome = (typeof DECISION_OUTCOMES)[number]

const OUTCOME_EXAMPLE = {
  id: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c31',
  orderId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c27',
  outcome: 'offered' as const,
  driverId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c28',
  policy: 'optimiser',
  candidates: [
    {
      driverId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c28',
      pickupSeconds: 240,
      orderIds: ['01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c27'],
      pickupAt: '2026-11-23T11:06:00.000Z',
      dropoffAt: '2026-11-23T11:17:00.000Z',
      cost: {
        clickToDoor: 1_020,
        foodAge: 0,
        overdue: 0,
        driverTime: 255,
        slack: 0,
        others: 0,
        fairness: 0,
        outlook: -12,
        acceptance: 6.4,
        total: 1_269.4,
      },
    },
    {
      driverId: '01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c32',
      pickupSeconds: 410,
      orderIds: ['01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c27'],
      pickupAt: '2026-11-23T11:08:50.000Z',
      dropoffAt: '2026-11-23T11:19:50.000Z',
      cost: {
        clickToDoor: 1_190,
        foodAge: 42.5,
        overdue: 0,
        driverTime: 297.5,
        slack: 0,
        others: 0,
        fairness: 0,
        outlook: 4,
        acceptance: 6.4,
        total: 1_540.4,
      },
      lost: 'at the door 170 s later',
    },
  ],
  actorId: null,
  reason: 'In the best plan found for all orders this driver collects it alone.',
  decidedAt: '2026-11-23T11:02:00.000Z',
}

export const DecisionsQuery = z.object({ orderId: Id })

/** Of each round that looked at the order, the newest first. */
export const Decisions = z
  .object({
    data: z.array(
      z.object({
        id: Id,
        orderId: Id,
        outcome: z.enum(DECISION_OUTCOMES),
        driverId: Id.nullable(),
        policy: z.string(),
        candidates: z.array(Candidate),
        /** The operator who decided; null: a round. */
        actorId: Id.nullable(),
        /** The decision in words, or what the operator said; null where an earlier version made it. */
        reason: z.string().nullable(),
        decidedAt: Instant,
      }),
    ),
  })
  .meta({ examples: [{ data: [OUTCOME_EXAMPLE] }] })
export type Decisions = z.output<typeof Decisions>

/** What is kept of what a policy said of an order. `originMs`: the instant that the policy counted its seconds from. */
export const candidatesOf = ({ candidates }: Explanation, originMs: number, now: Date): StoredCandidate[] =>
  candidates.map(({ driverId, orderIds, pickupAt, dropoffAt, cost, lost }) => {
    const pickup = instantOf(originMs, pickupAt)
    const dropoff = instantOf(originMs, dropoffAt)
    return {
      driverId,
      pickupSeconds: pickup ? Math.max(0, Math.round((pickup.getTime() - now.getTime()) / 1000)) : null,
      orderIds: [...orderIds],
      ...(pickup && { pickupAt: pickup.toISOString() }),
      ...(dropoff && { dropoffAt: dropoff.toISOString() }),
      // A driver for whom there is no way has no cost: JSON has no infinity.
      ...(Object.values(cost).every(Number.isFinite) && { cost: roundedCost(cost) }),
      ...(lost !== undefined && { lost }),
    }
  })

const instantOf = (originMs: number, seconds: number) =>
  Number.isFinite(seconds) ? new Date(originMs + seconds * 1000) : undefined

const roundedCost = (cost: z.output<typeof Cost>) =>
  Object.fromEntries(Object.entries(cost).map(([term, seconds]) => [term, Math.round(seconds * 10) / 10])) as z.output<
    typeof Cost
  >

export const DECISIONS_SHOWN_MAX = 200

const findDecisions = (sql: Sql, orderId: string) => sql<Decisions['data']>`
  select id, order_id, outcome, driver_id, policy, candidates, actor_id, reason, decided_at from dispatch_decisions
  where order_id = ${orderId} order by id desc limit ${DECISIONS_SHOWN_MAX}`

export const decisionsOf = async (orderId: string): Promise<Decisions> => ({
  data: [...(await findDecisions(database.sql, orderId))],
})
