/**
 * All the published rules, held against a solution's three files and the instance, and nothing else: it shares no bookkeeping with
 * the simulator. Stricter than the published evaluator, which lets pass what `travel`, `service`, `assignment` and `restaurant` find.
 */
import { type CheckedAssignment, checkCourier, type Finding } from './checker-courier.ts'
import type { Instance, OrderRow } from './instance.ts'
import type { Rules } from './rules.ts'
import type { AssignmentLine, DeliveredLine, MoveLine, Solution } from './solution.ts'

export const check = (instance: Instance, solution: Solution, rules: Rules): Finding[] => {
  const findings = [...checkNumbers(solution), ...checkNames(instance, solution)]
  // What follows reads times and names as if they were good.
  if (findings.length > 0) return findings
  const rows = new Map(instance.orders.map((row) => [row.id, row]))
  const delivered = new Map(solution.delivered.map((line) => [line.orderId, line]))
  const assignments = solution.assignments.map(
    (line): CheckedAssignment => ({ line, orders: line.orderIds.map((id) => rows.get(id)!) }),
  )
  findings.push(
    ...checkOnce(solution),
    ...solution.delivered.flatMap((line) => checkDelivered(instance, rows.get(line.orderId)!, line)),
    ...assignments.flatMap(({ line, orders }) => checkAssignment(line, orders, delivered)),
    ...checkBlocks(solution.moves),
  )
  const pickups = new Map(solution.delivered.map((line) => [line.orderId, line.pickupMinute]))
  for (const courier of instance.couriers) {
    const own = assignments.filter(({ line }) => line.courierId === courier.id)
    const moves = solution.moves.filter((move) => move.courierId === courier.id)
    findings.push(...checkCourier({ instance, rules, rows, delivered, pickups }, courier, own, moves))
  }
  return findings
}

const checkNumbers = (solution: Solution): Finding[] => {
  const times = [
    ...solution.assignments.flatMap((line) => [line.assignedMinute, line.pickupMinute]),
    ...solution.delivered.flatMap((line) => [
      line.placedMinute,
      line.readyMinute,
      line.pickupMinute,
      line.dropoffMinute,
    ]),
    ...solution.moves.map((line) => line.departureMinute),
  ]
  const odd = times.filter((time) => !Number.isInteger(time) || time < 0)
  return odd.length > 0
    ? [{ rule: 'format', text: `${odd.length} times are no whole minutes, the first ${odd[0]}` }]
    : []
}

const checkNames = (instance: Instance, { assignments, delivered, moves }: Solution): Finding[] => {
  const couriers = new Set(instance.couriers.map(({ id }) => id))
  const orders = new Set(instance.orders.map(({ id }) => id))
  const isPlace = (id: string) => orders.has(id) || instance.restaurants.has(id)
  const finding = (text: string): Finding => ({ rule: 'format', text })
  const namedCouriers = [...assignments, ...delivered, ...moves].map(({ courierId }) => courierId)
  const namedOrders = [...assignments.flatMap(({ orderIds }) => orderIds), ...delivered.map(({ orderId }) => orderId)]
  return [
    ...namedCouriers.filter((id) => !couriers.has(id)).map((id) => finding(`there is no courier ${id}`)),
    ...namedOrders.filter((id) => !orders.has(id)).map((id) => finding(`there is no order ${id}`)),
    ...moves
      .filter(({ destination }) => !isPlace(destination))
      .map((move) => finding(`there is no ${move.destination}`)),
    ...assignments.filter(({ orderIds }) => orderIds.length === 0).map(() => finding('an assignment without orders')),
  ]
}

/** Each delivered order is in one assignment, each assigned order is delivered once. */
const checkOnce = (solution: Solution): Finding[] => {
  const assigned = countOf(solution.assignments.flatMap(({ orderIds }) => orderIds))
  const delivered = countOf(solution.delivered.map(({ orderId }) => orderId))
  const findings: Finding[] = []
  for (const id of new Set([...assigned.keys(), ...delivered.keys()])) {
    const [assignedCount, deliveredCount] = [assigned.get(id) ?? 0, delivered.get(id) ?? 0]
    if (assignedCount === 1 && deliveredCount === 1) continue
    findings.push({
      rule: 'assignment',
      text: `${id} is assigned ${assignedCount} and delivered ${deliveredCount} times`,
    })
  }
  return findings
}

const checkDelivered = (instance: Instance, row: OrderRow, line: DeliveredLine): Finding[] => {
  const findings: Finding[] = []
  if (line.placedMinute !== row.placedMinute || line.readyMinute !== row.readyMinute)
    findings.push({ rule: 'format', text: `${row.id} is not placed or ready when the instance says` })
  const clickToDoor = line.dropoffMinute - row.placedMinute
  if (clickToDoor > instance.maximumMinutes)
    findings.push({ rule: 'maximum', text: `${row.id} takes ${clickToDoor} minutes` })
  return findings
}

const checkAssignment = (
  line: AssignmentLine,
  orders: readonly OrderRow[],
  delivered: ReadonlyMap<string, DeliveredLine>,
): Finding[] => {
  const findings: Finding[] = []
  const what = `${line.courierId} at ${line.pickupMinute}`
  if (new Set(orders.map(({ restaurantId }) => restaurantId)).size > 1)
    findings.push({ rule: 'restaurant', text: `${what}: a bundle of several restaurants` })
  for (const order of orders) {
    if (line.assignedMinute < order.placedMinute)
      findings.push({ rule: 'revealed', text: `${what}: ${order.id} is assigned before it is placed` })
    if (line.pickupMinute < order.readyMinute)
      findings.push({ rule: 'ready', text: `${what}: ${order.id} is collected before it is ready` })
    const end = delivered.get(order.id)
    if (end && (end.courierId !== line.courierId || end.pickupMinute !== line.pickupMinute))
      findings.push({
        rule: 'assignment',
        text: `${what}: ${order.id} is delivered by another, or collected at another time`,
      })
  }
  return findings
}

const checkBlocks = (moves: readonly MoveLine[]): Finding[] => {
  const begun = new Set<string>()
  return moves.flatMap((move, index): Finding[] => {
    if (moves[index - 1]?.courierId === move.courierId) return []
    const isSecond = begun.has(move.courierId)
    begun.add(move.courierId)
    return isSecond ? [{ rule: 'format', text: `the moves of ${move.courierId} are not in one block` }] : []
  })
}

const countOf = (ids: readonly string[]) => {
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}
