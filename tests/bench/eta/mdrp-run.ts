/** Times said on a day of the Meal Delivery Routing Problem: the kitchen is known for sure, the driver is not. */
import { DOOR_SECONDS, type Food, untaken } from '#modules/dispatch/eta/estimate'
import { logRatio, logTime } from '#modules/dispatch/eta/learning'
import { type Instance, travelMinutes } from '../mdrp/instance.ts'
import type { DeliveredLine, Solution } from '../mdrp/solution.ts'
import type { Calibration } from './calibration.ts'
import { History } from './history.ts'

const LEARN_EVERY_SECONDS = 300

/** Learned from this day alone, as it goes on: what was before a day is not known of it. */
export const runMdrpDay = (instance: Instance, solution: Solution, to: Calibration): void => {
  const history = new History()
  const waiting = new Set<DeliveredLine>()
  const orders = new Map(instance.orders.map((order) => [order.id, order]))
  const travelOf = ({ orderId }: DeliveredLine) => {
    const order = orders.get(orderId)!
    return travelMinutes(instance, instance.restaurants.get(order.restaurantId)!, order) * 60
  }
  const steps = solution.delivered
    .flatMap((line) => {
      const [placedAt, readyAt, pickupAt, dropoffAt] = instantsOf(line)
      return [
        { at: placedAt, run: () => say('placed', line, placedAt) },
        {
          at: readyAt,
          run: () => {
            if (pickupAt === readyAt) return
            waiting.add(line)
            say('ready', line, readyAt)
          },
        },
        {
          at: pickupAt,
          run: () => {
            waiting.delete(line)
            history.see('wait', null, readyAt, pickupAt, logTime(pickupAt - readyAt))
          },
        },
        {
          at: dropoffAt,
          run: () =>
            history.see(
              'ride',
              null,
              pickupAt,
              dropoffAt,
              logRatio(dropoffAt - pickupAt, travelOf(line) + DOOR_SECONDS),
            ),
        },
      ]
    })
    .toSorted((a, b) => a.at - b.at)

  const say = (moment: string, line: DeliveredLine, now: number) => {
    const [, readyAt, pickupAt, dropoffAt] = instantsOf(line)
    const known = history.known(line.orderId, now)
    const food: Food =
      now >= readyAt
        ? { isReady: true, sinceSeconds: now - readyAt }
        : { isReady: false, sinceSeconds: 0, saidSeconds: readyAt - now, preparation: CERTAIN }
    const { pickup, dropoff } = untaken(food, known.wait, travelOf(line), known.ride)
    to.add(`pickup, when ${moment}`, pickup, pickupAt - now)
    to.add(`dropoff, when ${moment}`, dropoff, dropoffAt - now)
  }

  let learnedAt = Number.NEGATIVE_INFINITY
  for (const { at, run } of steps) {
    if (at - learnedAt >= LEARN_EVERY_SECONDS) {
      history.learn(
        at,
        [...waiting].map(({ readyMinute }) => readyMinute * 60),
      )
      learnedAt = at
    }
    run()
  }
}

const CERTAIN = { mean: 0, spread: 0.01, weight: 1 }

const instantsOf = (line: DeliveredLine): [number, number, number, number] => [
  line.placedMinute * 60,
  line.readyMinute * 60,
  line.pickupMinute * 60,
  line.dropoffMinute * 60,
]
