/** Customers, cooks and couriers who go on whatever happens to the server, and remember what it has promised them. */
import { newId } from '#core/ids'
import { type Answer, type Ask, ask, persist } from './chaos-client'
import { type Cook, type Courier, kitchen, orderOf, type Person, type Town } from './chaos-people'

/** An order that was answered with 201, and the steps of it that were answered with success, by their names in the history. */
export type Promised = {
  id: string
  key: string
  totalCents: number
  handoverCode: string
  customer: Person
  cook: Cook
  steps: string[]
}

type LoadOptions = {
  /** How far customers and cooks bring an order; couriers bring it further where there are any. */
  until: 'placed' | 'paid' | 'ready'
  pauseMs?: number
  /** Where couriers tell their positions; all servers, as each knows only what it was told. */
  bases?: readonly string[]
}

export type Load = ReturnType<typeof startLoad>

/** All orders of a town, whichever load placed them: couriers may be asked to bring an older one. */
const placedIn = new WeakMap<Town, Map<string, Promised>>()

const courierPauseMs = 60
const positionEveryMs = 3_000
const bringSecondsMax = 20

/**
 * Starts one caller for each customer and each courier. `baseOf` is asked before each request: servers come and go.
 * `stop` lets everyone finish what he is at, so that no answer is left open.
 */
export const startLoad = (town: Town, baseOf: () => string, { until, pauseMs = 10, bases }: LoadOptions) => {
  const orders = new Map<string, Promised>()
  const placed = placedIn.get(town) ?? new Map<string, Promised>()
  placedIn.set(town, placed)
  const answers: Answer[] = []
  const refused: Answer[] = []
  let isOver = false
  let keyCount = 0

  const insist = (method: string, path: string, options: Ask) =>
    persist(
      () => ask(baseOf(), method, path, options),
      (answer) => void answers.push(answer),
    )

  /** Makes a step until it is answered; a conflict after a lost answer means that it had been made. */
  const step = async (order: Promised, name: string, method: string, path: string, options: Ask) => {
    const answer = await insist(method, path, options)
    if (answer.status === 200) order.steps.push(name)
    else if (answer.status !== 409) refused.push(answer)
  }

  const place = async (customer: Person, cook: Cook) => {
    const key = `order-${++keyCount}-${newId()}`
    const answer = await insist('POST', '/orders', { token: customer.token, key, body: orderOf(cook) })
    if (answer.status !== 201) {
      refused.push(answer)
      return undefined
    }
    const { id, totalCents, handoverCode } = answer.body
    const order: Promised = { id, key, totalCents, handoverCode, customer, cook, steps: ['place'] }
    orders.set(id, order)
    placed.set(id, order)
    return order
  }

  const pay = async (order: Promised) => {
    const { token } = order.customer
    const path = `/orders/${order.id}/create-payment-intent`
    const intent = await insist('POST', path, { token, key: `intent-${order.id}` })
    if (intent.status !== 200) return
    const confirmation = `/payments/simulated/${intent.body.paymentIntentId}/confirm`
    await step(order, 'pay', 'POST', confirmation, { token, key: `confirm-${order.id}` })
  }

  const cookIt = async (order: Promised) => {
    const { token } = order.cook
    await step(order, 'accept', 'PATCH', `/orders/${order.id}/accept`, { token, body: { prepMinutes: 1 } })
    await step(order, 'prepare', 'PATCH', `/orders/${order.id}/preparing`, { token })
    await step(order, 'ready', 'PATCH', `/orders/${order.id}/ready`, { token })
  }

  const customerLife = async (customer: Person, index: number) => {
    for (let round = index; !isOver; round++) {
      const order = await place(customer, town.cooks[round % town.cooks.length]!)
      if (order && until !== 'placed') await pay(order)
      if (order && until === 'ready') await cookIt(order)
      await Bun.sleep(pauseMs)
    }
  }

  const bring = async (courier: Courier, orderId: string) => {
    const { token } = courier
    const order = placed.get(orderId)
    if (!order) return
    const isReady = async () => {
      const answer = await insist('GET', `/orders/${orderId}`, { token })
      // No longer his: somebody else has it, or it was closed.
      return answer?.status === 200
        ? ['ready_for_pickup', 'assigned_to_driver'].includes(answer.body.status)
        : undefined
    }
    const deadline = performance.now() + bringSecondsMax * 1000
    for (let ready = await isReady(); ready !== true; ready = await isReady()) {
      if (ready === undefined || performance.now() > deadline) return
      await Bun.sleep(courierPauseMs)
    }
    await step(order, 'delivery:pickup', 'PATCH', `/orders/${orderId}/pickup`, { token })
    await step(order, 'delivery:depart', 'PATCH', `/orders/${orderId}/in-transit`, { token })
    const body = { proof: { code: order.handoverCode } }
    await step(order, 'delivery:deliver', 'PATCH', `/orders/${orderId}/deliver`, { token, body })
  }

  const courierLife = async (courier: Courier) => {
    const { token } = courier
    let toldMs = Number.NEGATIVE_INFINITY
    while (!isOver) {
      if (performance.now() - toldMs > positionEveryMs) {
        const told = await Promise.all(
          (bases ?? [baseOf()]).map((base) => ask(base, 'POST', '/drivers/location', { token, body: kitchen })),
        )
        if (told.every(({ status }) => status === 200)) toldMs = performance.now()
      }
      const offers = await insist('GET', '/drivers/offers', { token })
      const offer = offers.body?.data?.[0] as { id: string; orderIds: string[] } | undefined
      if (offer) {
        const path = `/drivers/offers/${offer.id}/accept`
        const answer = await insist('POST', path, { token })
        if (answer.status === 200) for (const id of offer.orderIds) placed.get(id)?.steps.push('delivery:accept')
        else if (answer.status !== 409) refused.push(answer)
        if (answer.status === 200 || answer.status === 409) for (const id of offer.orderIds) await bring(courier, id)
      }
      await Bun.sleep(courierPauseMs)
    }
  }

  const lives = [...town.customers.map(customerLife), ...town.couriers.map(courierLife)]
  return {
    orders,
    answers,
    /** Lasting answers that nobody should have got. */
    refused,
    stop: async () => {
      isOver = true
      await Promise.all(lives)
    },
  }
}
