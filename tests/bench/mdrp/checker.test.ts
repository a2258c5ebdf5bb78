import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { check } from './checker.ts'
import type { RuleName } from './checker-courier.ts'
import { runDay } from './day.ts'
import type { Instance } from './instance.ts'
import { policies } from './policies.ts'
import type { Rules } from './rules.ts'
import { courier, order, smallDay } from './small-day.ts'
import type { Solution } from './solution.ts'

const ALL: Rules = { canPreposition: true, canUpdate: true }
const PLAIN: Rules = { canPreposition: false, canUpdate: false }

const DAY = smallDay(
  [
    order('o1'),
    order('o2', { x: 700, readyMinute: 28 }),
    order('o3', { x: 1200, restaurantId: 'r2', placedMinute: 40, readyMinute: 62 }),
  ],
  [courier(), courier({ id: 'c2', offMinute: 60 })],
)

/** c1 brings o1 and o2 together, then o3: 32 leaves, 37 + 2, 41 leaves, 43 + 2, 47 free, 50 there, 62 ready. */
const good = (): Draft => ({
  assignments: [
    { assignedMinute: 12, pickupMinute: 30, courierId: 'c1', orderIds: ['o1', 'o2'] },
    { assignedMinute: 47, pickupMinute: 62, courierId: 'c1', orderIds: ['o3'] },
  ],
  delivered: [
    { orderId: 'o1', placedMinute: 10, readyMinute: 30, pickupMinute: 30, dropoffMinute: 39, courierId: 'c1' },
    { orderId: 'o2', placedMinute: 10, readyMinute: 28, pickupMinute: 30, dropoffMinute: 45, courierId: 'c1' },
    { orderId: 'o3', placedMinute: 40, readyMinute: 62, pickupMinute: 62, dropoffMinute: 68, courierId: 'c1' },
  ],
  moves: [
    { courierId: 'c1', departureMinute: 12, origin: '0', destination: 'r1' },
    { courierId: 'c1', departureMinute: 32, origin: 'r1', destination: 'o1' },
    { courierId: 'c1', departureMinute: 41, origin: 'o1', destination: 'o2' },
    { courierId: 'c1', departureMinute: 47, origin: 'o2', destination: 'r2' },
    { courierId: 'c1', departureMinute: 64, origin: 'r2', destination: 'o3' },
  ],
})

type Draft = { [Key in keyof Solution]: Solution[Key][number][] }

const rulesBroken = (draft: Solution, rules = ALL, day: Instance = DAY) =>
  [...new Set(check(day, draft, rules).map(({ rule }) => rule))].sort()

test('a good solution is accepted, under the plain rules too', () => {
  expect(check(DAY, good(), ALL)).toEqual([])
  expect(check(DAY, good(), PLAIN)).toEqual([])
})

test('an order may be left out, with its assignment and its moves', () => {
  const { assignments, delivered, moves } = good()
  const without = { assignments: assignments.slice(0, 1), delivered: delivered.slice(0, 2), moves: moves.slice(0, 3) }
  expect(check(DAY, without, PLAIN)).toEqual([])
})

/** Each breaks one thing; what else follows from it is not asked. */
const broken: [what: string, rule: RuleName, change: (draft: Draft) => void][] = [
  ['a time that is no whole minute', 'format', (draft) => (draft.assignments[0]!.assignedMinute = 12.5)],
  ['a time that is none', 'format', (draft) => (draft.moves[0]!.departureMinute = Number.NaN)],
  ['an unknown courier', 'format', (draft) => (draft.moves[4]!.courierId = 'c9')],
  ['an unknown order', 'format', (draft) => draft.assignments[1]!.orderIds.push('o9')],
  ['an unknown place', 'format', (draft) => (draft.moves[3]!.destination = 'r9')],
  ['another ready time than the instance has', 'format', (draft) => (draft.delivered[0]!.readyMinute = 20)],
  ["a courier's moves in two blocks", 'format', (draft) => draft.moves.splice(3, 0, { ...WAITING, courierId: 'c2' })],
  ['an assignment of nothing', 'format', (draft) => draft.assignments[1]!.orderIds.pop()],
  ['an order in two assignments', 'assignment', (draft) => draft.assignments[1]!.orderIds.push('o1')],
  ['an order twice in one', 'assignment', (draft) => draft.assignments[0]!.orderIds.push('o1')],
  ['a delivered order without an assignment', 'assignment', (draft) => draft.assignments.pop()],
  ['an assigned order that is not delivered', 'assignment', (draft) => draft.delivered.pop()],
  ['delivered by another', 'assignment', (draft) => (draft.delivered[2]!.courierId = 'c2')],
  ['another pickup in the other file', 'assignment', (draft) => (draft.delivered[0]!.pickupMinute = 31)],
  ['two restaurants in a bundle', 'restaurant', (draft) => draft.assignments[0]!.orderIds.push('o3')],
  ['assigned before it is placed', 'revealed', (draft) => (draft.assignments[0]!.assignedMinute = 9)],
  ['collected before it is ready', 'ready', (draft) => setPickup(draft, 29)],
  ['collected later than it could be', 'service', (draft) => setPickup(draft, 31)],
  ['dropoffs in another order', 'travel', (draft) => draft.assignments[0]!.orderIds.reverse()],
  ['no half of service at the pickup', 'service', (draft) => (draft.moves[1]!.departureMinute = 30)],
  ['no half of service before a dropoff', 'service', (draft) => (draft.delivered[0]!.dropoffMinute = 37)],
  ['no half of service after a dropoff', 'service', (draft) => (draft.moves[2]!.departureMinute = 39)],
  ['waits on the way between two doors', 'service', (draft) => (draft.moves[2]!.departureMinute = 42)],
  ['leaves a door before he is done there', 'travel', (draft) => (draft.moves[3]!.departureMinute = 46)],
  ['begins elsewhere than he is', 'travel', (draft) => (draft.moves[3]!.origin = 'o1')],
  ['no move to the door', 'travel', (draft) => draft.moves.pop()],
  ['no move to the restaurant', 'travel', (draft) => draft.moves.splice(3, 1)],
  ['a drive that nobody asked for', 'travel', (draft) => draft.moves.push({ ...WAITING, destination: 'o1' })],
  ['told while he carries something out', 'busy', (draft) => (draft.assignments[1]!.assignedMinute = 46)],
  ['told after the pickup', 'busy', (draft) => (draft.assignments[0]!.assignedMinute = 31)],
  ['leaves before his shift', 'travel', (draft) => (draft.moves[0]!.departureMinute = 4)],
]

const WAITING = { courierId: 'c1', departureMinute: 70, origin: 'o3', destination: 'r2' }

const setPickup = (draft: Draft, pickupMinute: number) => {
  draft.assignments[0]!.pickupMinute = pickupMinute
  for (const one of draft.delivered.slice(0, 2)) one.pickupMinute = pickupMinute
}

for (const [what, rule, change] of broken) {
  test(`refused: ${what}`, () => {
    const draft = good()
    change(draft)
    const day = what.includes('his shift') ? { ...DAY, couriers: [courier({ onMinute: 5 }), DAY.couriers[1]!] } : DAY
    expect(rulesBroken(draft, ALL, day)).toContain(rule)
  })
}

test('refused: a pickup after the shift, told before it begins, and sent to wait after it', () => {
  const shift = (onMinute: number, offMinute: number) => ({ ...DAY, couriers: [courier({ onMinute, offMinute })] })
  expect(rulesBroken(good(), ALL, shift(0, 61))).toEqual(['shift'])
  expect(rulesBroken(good(), ALL, shift(0, 62))).toEqual([])
  expect(rulesBroken(good(), ALL, shift(13, 120))).toEqual(['busy', 'travel'])
  const waits = good()
  waits.moves.push({ ...WAITING, departureMinute: 72 })
  expect(rulesBroken(waits, ALL, shift(0, 71))).toEqual(['shift'])
})

test('refused: more than the maximum from click to door', () => {
  expect(rulesBroken(good(), ALL, { ...DAY, maximumMinutes: 34 })).toEqual(['maximum'])
  expect(rulesBroken(good(), ALL, { ...DAY, maximumMinutes: 35 })).toEqual([])
})

test('who left before he was told needs an order that was open there, or leave to wait', () => {
  const early = good()
  early.assignments[0]!.assignedMinute = 22
  expect(rulesBroken(early, PLAIN)).toEqual(['waiting'])
  expect(rulesBroken(early, { canPreposition: false, canUpdate: true })).toEqual([])
  expect(rulesBroken(early, { canPreposition: true, canUpdate: false })).toEqual([])
  early.moves[0]!.departureMinute = 9
  expect(rulesBroken(early, { canPreposition: false, canUpdate: true })).toEqual(['waiting'])
})

test('who is sent to wait hears nothing until he is there, wherever he is sent then', () => {
  const waits = good()
  waits.assignments[0]!.assignedMinute = 21
  expect(rulesBroken(waits, { canPreposition: true, canUpdate: false })).toEqual(['busy'])
  // To r1, there at 54; then to r2, there at 64.
  const elsewhere = good()
  const way = { courierId: 'c1', departureMinute: 47, origin: 'o2', destination: 'r1' }
  elsewhere.moves.splice(3, 1, way, { ...way, departureMinute: 54, origin: 'r1', destination: 'r2' })
  elsewhere.moves[5]!.departureMinute = 68
  Object.assign(elsewhere.assignments[1]!, { assignedMinute: 54, pickupMinute: 66 })
  Object.assign(elsewhere.delivered[2]!, { pickupMinute: 66, dropoffMinute: 72 })
  expect(rulesBroken(elsewhere, { canPreposition: true, canUpdate: false })).toEqual([])
  elsewhere.assignments[1]!.assignedMinute = 53
  expect(rulesBroken(elsewhere, ALL)).toEqual(['busy'])
})

test('to wait at a restaurant needs leave', () => {
  const waits = good()
  waits.moves.push(WAITING)
  expect(rulesBroken(waits, { canPreposition: false, canUpdate: true })).toEqual(['waiting'])
  expect(rulesBroken(waits, ALL)).toEqual([])
})

const place = fc.record({ x: fc.integer({ min: 0, max: 2500 }), y: fc.integer({ min: 0, max: 2500 }) })
const drawnOrders = fc.array(
  fc.record({ at: place, placed: fc.nat(90), cooking: fc.integer({ min: 5, max: 30 }), isFirst: fc.boolean() }),
  { minLength: 1, maxLength: 14 },
)
const drawnCouriers = fc.array(fc.record({ at: place, on: fc.nat(60), hours: fc.integer({ min: 1, max: 3 }) }), {
  minLength: 1,
  maxLength: 4,
})

for (const name of Object.keys(policies)) {
  test(`whatever the day and the rules, the checker accepts what ${name} does`, () => {
    fc.assert(
      fc.property(
        drawnOrders,
        drawnCouriers,
        fc.boolean(),
        fc.boolean(),
        (orders, couriers, canPreposition, canUpdate) => {
          const day = smallDay(
            orders.map(({ at, placed, cooking, isFirst }, index) =>
              order(`o${index}`, {
                ...at,
                restaurantId: isFirst ? 'r1' : 'r2',
                placedMinute: placed,
                readyMinute: placed + cooking,
              }),
            ),
            couriers.map(({ at, on, hours }, index) => ({
              ...at,
              id: `c${index}`,
              onMinute: on,
              offMinute: on + hours * 60,
            })),
          )
          const rules = { canPreposition, canUpdate }
          // A rule is broken or kept however long it looks for better.
          const settings = { improvementsMax: 10 }
          const { solution } = runDay(day, policies[name]!(), { rules, settings })
          expect(check(day, solution, rules)).toEqual([])
        },
      ),
      { numRuns: 40, seed: 5 },
    )
  })
}
