/** A day of the Meal Delivery Routing Problem as its files tell it. Whole minutes since midnight, metres in the plane. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

export type Point = { x: number; y: number }
export type OrderRow = Point & { id: string; restaurantId: string; placedMinute: number; readyMinute: number }
export type CourierRow = Point & { id: string; onMinute: number; offMinute: number }

export type Instance = {
  name: string
  metersPerMinute: number
  /** Half of it before the food changes hands, half after. */
  pickupServiceMinutes: number
  dropoffServiceMinutes: number
  targetMinutes: number
  maximumMinutes: number
  payPerOrder: number
  payPerHour: number
  restaurants: ReadonlyMap<string, Point>
  couriers: readonly CourierRow[]
  orders: readonly OrderRow[]
}

export const travelMinutes = (instance: Instance, from: Point, to: Point): number => {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  return Math.ceil(Math.sqrt(dx * dx + dy * dy) / instance.metersPerMinute)
}

/** What no policy can beat: prepared, handed over at once, driven straight to the door. */
export const floorMinutes = (instance: Instance, order: OrderRow): number =>
  order.readyMinute -
  order.placedMinute +
  (instance.pickupServiceMinutes + instance.dropoffServiceMinutes) / 2 +
  travelMinutes(instance, instance.restaurants.get(order.restaurantId)!, order)

/** `folder` is one instance, or a folder of instances. */
export const instanceFolders = (folder: string): string[] => {
  const entries = readdirSync(folder, { withFileTypes: true })
  if (entries.some(({ name }) => name === 'orders.txt')) return [folder]
  const isInstance = (path: string) => readdirSync(path).includes('orders.txt')
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name))
  return folders.filter(isInstance).sort()
}

export const readInstance = (folder: string): Instance => {
  const rows = (file: string) => parseTable(readFileSync(join(folder, file), 'utf8'), join(folder, file))
  const parameters = rows('instance_parameters.txt')[0]
  if (!parameters) throw new Error(`${folder}: no parameters`)
  const point = (row: Row): Point => ({ x: row.number('x'), y: row.number('y') })
  return {
    name: basename(folder),
    metersPerMinute: parameters.number('meters_per_minute'),
    pickupServiceMinutes: parameters.number('pickup service minutes'),
    dropoffServiceMinutes: parameters.number('dropoff service minutes'),
    targetMinutes: parameters.number('target click-to-door'),
    maximumMinutes: parameters.number('maximum click-to-door'),
    payPerOrder: parameters.number('pay per order'),
    payPerHour: parameters.number('guaranteed pay per hour'),
    restaurants: new Map(rows('restaurants.txt').map((row) => [row.text('restaurant'), point(row)])),
    couriers: rows('couriers.txt').map((row) => ({
      ...point(row),
      id: row.text('courier'),
      onMinute: row.number('on_time'),
      offMinute: row.number('off_time'),
    })),
    orders: rows('orders.txt').map((row) => ({
      ...point(row),
      id: row.text('order'),
      restaurantId: row.text('restaurant'),
      placedMinute: row.number('placement_time'),
      readyMinute: row.number('ready_time'),
    })),
  }
}

type Row = { text: (column: string) => string; number: (column: string) => number }

const parseTable = (content: string, path: string): Row[] => {
  const [header = '', ...lines] = content.split(/\r?\n/).filter((line) => line.trim() !== '')
  const columns = header.split('\t').map((name) => name.trim())
  return lines.map((line, index) => {
    const cells = line.split('\t').map((cell) => cell.trim())
    const text = (column: string) => {
      const cell = cells[columns.indexOf(column)]
      if (!cell) throw new Error(`${path}: line ${index + 2} has no ${column}`)
      return cell
    }
    const number = (column: string) => {
      const value = Number(text(column))
      if (!Number.isFinite(value)) throw new Error(`${path}: line ${index + 2}: ${column} is no number`)
      return value
    }
    return { text, number }
  })
}
