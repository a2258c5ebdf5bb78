/** What a day came to, and the three files in which the published evaluator reads it. Minutes throughout. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `assignedMinute` is when the courier heard the set for the last time; orders are in the order of their dropoffs. */
export type AssignmentLine = { assignedMinute: number; pickupMinute: number; courierId: string; orderIds: string[] }

export type DeliveredLine = {
  orderId: string
  placedMinute: number
  readyMinute: number
  pickupMinute: number
  dropoffMinute: number
  courierId: string
}

/** Origin `0` is the courier's on-location. */
export type MoveLine = { courierId: string; departureMinute: number; origin: string; destination: string }

export type Solution = {
  assignments: readonly AssignmentLine[]
  delivered: readonly DeliveredLine[]
  /** Each courier's in one block, in order. */
  moves: readonly MoveLine[]
}

export const ON_LOCATION = '0'

export const SOLUTION_FILES = {
  assignments: 'solution_info_assignments.txt',
  orders: 'solution_info_orders.txt',
  couriers: 'solution_info_couriers.txt',
}

const ORDERS_HEADER = 'order placement_time ready_time pickup_time dropoff_time courier'

export const writeSolution = (folder: string, solution: Solution): void => {
  mkdirSync(folder, { recursive: true })
  const write = (file: string, lines: readonly (readonly (string | number)[])[]) =>
    writeFileSync(join(folder, file), lines.map((line) => `${line.join(' ')}\n`).join(''))
  write(SOLUTION_FILES.assignments, [
    ['assignment_time', 'pickup_time', 'courier', 'orders'],
    ...solution.assignments.map((one) => [one.assignedMinute, one.pickupMinute, one.courierId, ...one.orderIds]),
  ])
  write(SOLUTION_FILES.orders, [
    [ORDERS_HEADER],
    ...solution.delivered.map((one) => [
      ...[one.orderId, one.placedMinute, one.readyMinute, one.pickupMinute, one.dropoffMinute, one.courierId],
    ]),
  ])
  write(SOLUTION_FILES.couriers, [
    ['courier', 'departure_time', 'origin', 'destination'],
    ...solution.moves.map((one) => [one.courierId, one.departureMinute, one.origin, one.destination]),
  ])
}

export const readSolution = (folder: string): Solution => {
  const lines = (file: string) =>
    readFileSync(join(folder, file), 'utf8')
      .split(/\r?\n/)
      .filter((line) => line.trim() !== '')
  const header = lines(SOLUTION_FILES.orders)[0]
  if (header !== ORDERS_HEADER) throw new Error(`${SOLUTION_FILES.orders} begins with: ${header}`)
  const rows = (file: string) =>
    lines(file)
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
  return {
    assignments: rows(SOLUTION_FILES.assignments).map(([assigned, pickup, courierId = '', ...orderIds]) => ({
      assignedMinute: Number(assigned),
      pickupMinute: Number(pickup),
      courierId,
      orderIds,
    })),
    delivered: rows(SOLUTION_FILES.orders).map(([orderId = '', placed, ready, pickup, dropoff, courierId = '']) => ({
      orderId,
      placedMinute: Number(placed),
      readyMinute: Number(ready),
      pickupMinute: Number(pickup),
      dropoffMinute: Number(dropoff),
      courierId,
    })),
    moves: rows(SOLUTION_FILES.couriers).map(([courierId = '', departure, origin = '', destination = '']) => ({
      courierId,
      departureMinute: Number(departure),
      origin,
      destination,
    })),
  }
}
