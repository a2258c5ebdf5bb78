import type { ChefMenus } from '#modules/api/menus/schema'
import type { Special } from './basket.ts'
import type { OrderRecord } from './book.ts'
import { type Kitchen, refused, type World } from './world.ts'

/** Portions sold against what each menu says is left of them. */
export const verifyPortions = async (world: World, specials: ReadonlyMap<string, Special>): Promise<void> => {
  const now = dayIsOver(world)
  const sold = soldToday(world, now)
  const ofThisRun = new Set([...specials.values()].map(({ itemId }) => itemId))
  for (const kitchen of world.kitchens.values()) {
    const params = { chefId: kitchen.chefId }
    const reply = await kitchen.account.call<ChefMenus>('GET', '/chefs/:chefId/menu', { params })
    if (reply.status !== 200) {
      refused(world, `the menu of ${kitchen.name}`, reply)
      continue
    }
    for (const item of reply.body.menus.flatMap((menu) => menu.items)) {
      if (item.portionsPerDay === null) continue
      const ours = sold.get(item.id) ?? 0
      const taken = item.portionsPerDay - (item.portionsLeft ?? 0)
      const says = () => `${item.name}: ${ours} sold, ${taken} taken of ${item.portionsPerDay}`
      world.checks.that('portions', ours <= item.portionsPerDay && ours <= taken, says)
      // Nobody else knows of the special: what is taken of it is what we hold.
      if (ofThisRun.has(item.id)) world.checks.that('portions', ours === taken, says)
    }
  }
}

/** By the server's clock, where that keeps pace with the day: when its last order was placed. */
const dayIsOver = ({ options, book }: World): Date => {
  const placedAts = options.keepsPace
    ? [...book.records.values()].map(({ placed }) => Date.parse(placed.createdAt))
    : []
  return placedAts.length > 0 ? new Date(Math.max(...placedAts)) : new Date()
}

const soldToday = (world: World, now: Date) => {
  const sold = new Map<string, number>()
  for (const record of world.book.records.values()) {
    const kitchen = world.kitchens.get(record.placed.chefId)
    if (!kitchen || !holdsPortions(record) || !isSameDay(record, now, kitchen)) continue
    for (const line of record.placed.items) sold.set(line.menuItemId, (sold.get(line.menuItemId) ?? 0) + line.quantity)
  }
  return sold
}

/** What was called off before it was brought has given its portions back. */
const holdsPortions = ({ outcome }: OrderRecord) => outcome !== 'cancelled' && outcome !== 'rejected'

const isSameDay = ({ placed }: OrderRecord, now: Date, { timeZone }: Kitchen) =>
  dayOf(new Date(placed.createdAt), timeZone) === dayOf(now, timeZone)

const dayOf = (at: Date, timeZone: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(at)
