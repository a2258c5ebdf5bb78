/** Goes through simulated days as the server would: says times with what is known by then, and learns as it goes. */
import { alongRoute, DOOR_SECONDS, type Food, untaken } from '#modules/dispatch/eta/estimate'
import { logRatio, logTime } from '#modules/dispatch/eta/learning'
import type { Calibration } from './calibration.ts'
import { History } from './history.ts'
import type { SimulatedOrder } from './market.ts'

const DAY_SECONDS = 86_400
const LEARN_EVERY_SECONDS = 300

type Step = { at: number; run: () => void }

/** Only what is said from `measuredFromDay` on counts. */
export const runMarket = (orders: readonly SimulatedOrder[], measuredFromDay: number, to: Calibration): void => {
  const history = new History()
  const waiting = new Set<SimulatedOrder>()
  let learnedAt = Number.NEGATIVE_INFINITY
  const measuredFrom = measuredFromDay * DAY_SECONDS
  for (const { at, run } of stepsOf(orders, history, waiting, measuredFrom, to)) {
    if (at >= measuredFrom && at - learnedAt >= LEARN_EVERY_SECONDS) {
      history.learn(
        at,
        [...waiting].map(({ readyAt }) => readyAt),
      )
      learnedAt = at
    }
    run()
  }
}

const stepsOf = (
  orders: readonly SimulatedOrder[],
  history: History,
  waiting: Set<SimulatedOrder>,
  measuredFrom: number,
  to: Calibration,
): Step[] =>
  orders
    .flatMap((order) => [
      ...(order.placedAt >= measuredFrom ? sayings(order, history, to) : []),
      { at: order.readyAt, run: () => isReady(order, history, waiting) },
      { at: order.pickedUpAt, run: () => isTaken(order, history, waiting) },
      { at: order.deliveredAt, run: () => isBrought(order, history) },
    ])
    .toSorted((a, b) => a.at - b.at)

const isReady = (order: SimulatedOrder, history: History, waiting: Set<SimulatedOrder>) => {
  waiting.add(order)
  const { chefId, acceptedAt, readyAt, saidSeconds } = order
  history.see('preparation', chefId, acceptedAt, readyAt, logRatio(readyAt - acceptedAt, saidSeconds))
}
const isTaken = (order: SimulatedOrder, history: History, waiting: Set<SimulatedOrder>) => {
  waiting.delete(order)
  history.see('wait', null, order.readyAt, order.pickedUpAt, logTime(order.pickedUpAt - order.readyAt))
}
const isBrought = ({ pickedUpAt, deliveredAt, travelSeconds }: SimulatedOrder, history: History) =>
  history.see('ride', null, pickedUpAt, deliveredAt, logRatio(deliveredAt - pickedUpAt, travelSeconds + DOOR_SECONDS))

const sayings = (order: SimulatedOrder, history: History, to: Calibration): Step[] => {
  const { placedAt, acceptedAt, readyAt, setsOffAt, pickedUpAt } = order
  const halfway = acceptedAt + order.saidSeconds / 2
  return [
    { at: placedAt, run: () => sayUntaken('placed', order, placedAt, history, to) },
    { at: acceptedAt, run: () => sayUntaken('accepted', order, acceptedAt, history, to) },
    ...(readyAt > halfway ? [{ at: halfway, run: () => sayUntaken('half cooked', order, halfway, history, to) }] : []),
    { at: setsOffAt, run: () => sayRoute('a driver sets off', order, setsOffAt, history, to) },
    { at: pickedUpAt, run: () => sayRoute('picked up', order, pickedUpAt, history, to) },
  ]
}

const foodAt = (order: SimulatedOrder, now: number, history: History): Food => {
  if (now >= order.readyAt) return { isReady: true, sinceSeconds: now - order.readyAt }
  const { preparation } = history.known(order.chefId, now)
  const sinceSeconds = now < order.acceptedAt ? null : now - order.acceptedAt
  return { isReady: false, sinceSeconds, saidSeconds: order.saidSeconds, preparation }
}

const sayUntaken = (moment: string, order: SimulatedOrder, now: number, history: History, to: Calibration) => {
  const known = history.known(order.chefId, now)
  const { pickup, dropoff } = untaken(foodAt(order, now, history), known.wait, order.travelSeconds, known.ride)
  to.add(`pickup, when ${moment}`, pickup, order.pickedUpAt - now)
  to.add(`dropoff, when ${moment}`, dropoff, order.deliveredAt - now)
  if (moment === 'placed')
    to.add('dropoff, when placed, fixed margins', withFixedMargins(order), order.deliveredAt - now)
}

const sayRoute = (moment: string, order: SimulatedOrder, now: number, history: History, to: Calibration) => {
  const { ride } = history.known(order.chefId, now)
  const door = { travelSeconds: order.travelSeconds, food: null }
  if (now >= order.pickedUpAt) {
    to.add(`dropoff, when ${moment}`, alongRoute([door], ride)[0]!, order.deliveredAt - now)
    return
  }
  const kitchen = { travelSeconds: order.toPickupSeconds, food: foodAt(order, now, history) }
  const [pickup, dropoff] = alongRoute([kitchen, door], ride)
  to.add(`pickup, when ${moment}`, pickup!, order.pickedUpAt - now)
  to.add(`dropoff, when ${moment}`, dropoff!, order.deliveredAt - now)
}

/** How it was done before anything was learned: what the kitchen says, and a quarter and four minutes for the slowest tenth. */
const withFixedMargins = ({ saidSeconds, travelSeconds }: SimulatedOrder) => {
  const p50Seconds = 120 + saidSeconds + 120 + travelSeconds + 120
  return { p50Seconds, p90Seconds: p50Seconds * 1.25 + 240 }
}
