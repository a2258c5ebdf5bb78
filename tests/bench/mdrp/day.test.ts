import { expect, test } from 'bun:test'
import type { Situation } from '#modules/dispatch/engine/problem'
import { runDay } from './day.ts'
import type { Instance, OrderRow } from './instance.ts'
import { nearest } from './nearest.ts'
import type { Rules } from './rules.ts'
import { commit, courier, move, order, scripted, smallDay } from './small-day.ts'

const ALL: Rules = { canPreposition: true, canUpdate: true }
const play = (instance: Instance, script: Parameters<typeof scripted>[0], rules = ALL, seen: Situation[] = []) =>
  runDay(instance, scripted(script, seen), { rules }).solution

test('the nearest courier leaves so that he is there when the food is: a whole day by hand', () => {
  const far = courier({ id: 'c2', x: 3000 })
  const { solution } = runDay(smallDay([order('o1')], [courier(), far]), nearest, { rules: ALL })
  expect(solution).toEqual({
    assignments: [{ assignedMinute: 18, pickupMinute: 30, courierId: 'c1', orderIds: ['o1'] }],
    // 30 handed over, 32 leaves, 37 there, 39 at the door.
    delivered: [
      { orderId: 'o1', placedMinute: 10, readyMinute: 30, pickupMinute: 30, dropoffMinute: 39, courierId: 'c1' },
    ],
    moves: [
      { courierId: 'c1', departureMinute: 18, origin: '0', destination: 'r1' },
      { courierId: 'c1', departureMinute: 32, origin: 'r1', destination: 'o1' },
    ],
  })
})

test('orders are seen when they are placed and not before, and not after they are given for good', () => {
  const seen: Situation[] = []
  play(smallDay([order('o1')]), { 12: { commits: [commit('c1', ['o1'])] } }, ALL, seen)
  const minutes = seen.filter(({ orders }) => orders.length > 0).map(({ now }) => now / 60)
  expect(minutes).toEqual([10, 11, 12])
})

test('demand is learned from what was placed by then: what is still to come changes nothing', () => {
  const rates = (orders: OrderRow[]) => {
    const seen: number[] = []
    const spy = {
      ...nearest,
      plan: (of: Situation) => {
        seen.push(of.demand!.ratePerSecond('r1', of.now))
        return nearest.plan(of)
      },
    }
    runDay(smallDay(orders), spy, { rules: ALL })
    return seen
  }
  const alone = rates([order('o1')])
  expect([alone[9], alone[10], alone[11]]).toEqual([0, 1 / 7_200, 1 / 7_200])
  const followed = rates([order('o1'), order('o2', { placedMinute: 50, readyMinute: 70 })])
  expect(followed.slice(0, 50)).toEqual(alone.slice(0, 50))
  expect(followed[50]).toBe(2 / 7_200)
})

test('the set that he drives to may change until the pickup', () => {
  const later = order('o2', { x: 200, placedMinute: 25, readyMinute: 34 })
  const script = {
    10: { commits: [commit('c1', ['o1'], false)] },
    26: { commits: [commit('c1', ['o2', 'o1'], false)] },
  }
  const { assignments, delivered, moves } = play(smallDay([order('o1'), later]), script)
  expect(assignments).toEqual([{ assignedMinute: 26, pickupMinute: 34, courierId: 'c1', orderIds: ['o2', 'o1'] }])
  expect(delivered.map(({ orderId, dropoffMinute }) => [orderId, dropoffMinute])).toEqual([
    ['o2', 40],
    ['o1', 47],
  ])
  expect(moves.map(({ departureMinute }) => departureMinute)).toEqual([10, 36, 42])
})

test('a set that is said again unchanged was given when it was said first', () => {
  const again = { commits: [commit('c1', ['o1'], false)] }
  expect(play(smallDay([order('o1')]), { 10: again, 20: again }).assignments[0]!.assignedMinute).toBe(10)
})

test('an order may go from one who drives to it to another, who collects it', () => {
  const two = [order('o1'), order('o2', { readyMinute: 40 })]
  const couriers = [courier(), courier({ id: 'c2' })]
  const { assignments } = play(smallDay(two, couriers), {
    10: { commits: [commit('c1', ['o1'], false), commit('c2', ['o2'], false)] },
    12: { commits: [commit('c1', ['o2'], false), commit('c2', ['o1'], false)] },
  })
  expect(assignments.map(({ courierId, orderIds }) => [courierId, orderIds])).toEqual([
    ['c1', ['o2']],
    ['c2', ['o1']],
  ])
})

test('without updates what is said once stands', () => {
  const day = smallDay([order('o1'), order('o2')])
  const script = { 10: { commits: [commit('c1', ['o1'], false)] }, 12: { commits: [commit('c1', ['o2', 'o1'])] } }
  const { assignments } = play(day, script, { canPreposition: true, canUpdate: false })
  expect(assignments.map(({ assignedMinute, orderIds }) => [assignedMinute, orderIds])).toEqual([[10, ['o1']]])
})

test('who waits at the restaurant hands over at once when the food is ready', () => {
  const script = { 0: { moves: [move('c1', 'r1')] }, 31: { commits: [commit('c1', ['o1'])] } }
  const { assignments, moves } = play(smallDay([order('o1')]), script)
  expect(assignments[0]).toMatchObject({ assignedMinute: 31, pickupMinute: 31 })
  expect(moves.map(({ departureMinute, destination }) => [departureMinute, destination])).toEqual([
    [0, 'r1'],
    [33, 'o1'],
  ])
})

test('a courier who is under way or at work hears nothing, and the plan for him is not an error', () => {
  const second = order('o2', { placedMinute: 20 })
  const commits = { commits: [commit('c1', ['o2'])] }
  const script = { 10: { commits: [commit('c1', ['o1'])] }, 25: commits, 41: commits }
  expect(play(smallDay([order('o1'), second]), script).assignments.map((one) => one.assignedMinute)).toEqual([10, 41])
})

test('an order that nobody can bring in time any more is given up', () => {
  const seen: Situation[] = []
  play(smallDay([order('o1')]), {}, ALL, seen)
  // At 91 the way from the restaurant's door would end at 100, ninety minutes after 10.
  expect(Math.max(...seen.filter(({ orders }) => orders.length > 0).map(({ now }) => now / 60))).toBe(91)
})

const refused: [what: string, script: Parameters<typeof scripted>[0], message: string, rules?: Rules][] = [
  ['an order before it is placed', { 9: { commits: [commit('c1', ['o1'])] } }, 'o1 is not open'],
  ['two restaurants in a bundle', { 20: { commits: [commit('c1', ['o1', 'o3'])] } }, 'two restaurants'],
  ['an order for two', { 20: { commits: [commit('c1', ['o1']), commit('c2', ['o1'])] } }, 'with two couriers'],
  ['a courier told twice', { 20: { commits: [commit('c1', ['o1']), commit('c1', ['o2'])] } }, 'told twice'],
  ['nothing to collect', { 20: { commits: [commit('c1', [])] } }, 'collect nothing'],
  ['a pickup after the shift', { 35: { commits: [commit('c2', ['o1'])] } }, 'after his shift'],
  ['more than ninety minutes', { 85: { commits: [commit('c1', ['o1'])] } }, 'o1 would take 96'],
  ['a stranger', { 20: { commits: [commit('c9', ['o1'])] } }, 'no courier c9'],
  [
    'another restaurant for one under way',
    { 20: { commits: [commit('c1', ['o1'], false)] }, 21: { commits: [commit('c1', ['o3'])] } },
    'heads elsewhere',
  ],
  ['a place that is no restaurant', { 20: { moves: [move('c1', 'o1')] } }, 'no restaurant'],
  [
    'waiting when nobody may be sent to wait',
    { 20: { moves: [move('c1', 'r1')] } },
    'nobody may be sent',
    { canPreposition: false, canUpdate: true },
  ],
  [
    'waiting elsewhere than he was told to collect',
    { 20: { commits: [commit('c1', ['o1'], false)] }, 21: { moves: [move('c1', 'r2')] } },
    'cannot be sent',
  ],
]

for (const [what, script, message, rules] of refused) {
  test(`a plan is refused: ${what}`, () => {
    const orders = [order('o1'), order('o2'), order('o3', { restaurantId: 'r2' })]
    const day = smallDay(orders, [courier(), courier({ id: 'c2', offMinute: 40 })])
    expect(() => play(day, script, rules)).toThrow(message)
  })
}
