/** Days made by hand: 100 metres a minute, everything on one street, r1 at its beginning, r2 ten minutes along it. */
import type { Commit, Move, Plan, Policy, Situation } from '#modules/dispatch/engine/problem'
import type { CourierRow, Instance, OrderRow } from './instance.ts'

export const smallDay = (orders: OrderRow[], couriers: CourierRow[] = [courier()]): Instance => ({
  name: 'small',
  metersPerMinute: 100,
  pickupServiceMinutes: 4,
  dropoffServiceMinutes: 4,
  targetMinutes: 40,
  maximumMinutes: 90,
  payPerOrder: 10,
  payPerHour: 15,
  restaurants: new Map([
    ['r1', { x: 0, y: 0 }],
    ['r2', { x: 1000, y: 0 }],
  ]),
  couriers,
  orders,
})

/** Ten minutes from r1, at r2's door but not in it. */
export const courier = (changes: Partial<CourierRow> = {}): CourierRow => ({
  ...{ id: 'c1', x: 1000, y: 0, onMinute: 0, offMinute: 120 },
  ...changes,
})

/** From r1, five minutes away, placed at 10, ready at 30. */
export const order = (id: string, changes: Partial<OrderRow> = {}): OrderRow => ({
  ...{ id, x: 500, y: 0, restaurantId: 'r1', placedMinute: 10, readyMinute: 30 },
  ...changes,
})

export const commit = (driverId: string, orderIds: string[], isFinal = true): Commit => ({
  ...{ driverId, orderIds, isFinal, kitchens: ['r1'] },
  // What it expects is for the explanations; the day reckons for itself.
  ...{ leavesAt: 0, pickupAt: 0, dropoffsAt: [], freeAt: 0 },
})

export const move = (driverId: string, kitchen: string): Move => ({ driverId, kitchen, place: 0, why: 'a test' })

type Step = { commits?: Commit[]; moves?: Move[] }

/** Says at each minute what is written for it. `seen` gets all that it was asked. */
export const scripted = (script: Record<number, Step>, seen: Situation[] = []): Policy => ({
  name: 'scripted',
  plan: (situation): Plan => {
    seen.push(situation)
    const { commits = [], moves = [] } = script[situation.now / 60] ?? {}
    return { commits, moves, holds: [], drafts: [], explanations: [] }
  },
})
