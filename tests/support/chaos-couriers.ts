/** Couriers who do what their route says, stop by stop, whatever happens to the server; now and then one gives an order back. */
import { type Ask, ask, persist } from './chaos-client'
import type { Promised } from './chaos-load'
import { type Courier, kitchen } from './chaos-people'

type Options = {
  couriers: readonly Courier[]
  baseOf: () => string
  /** What was promised to its customer, with the code for the door. */
  promised: (orderId: string) => Promised | undefined
  /** Between 0 and 1; the same for the same seed. */
  random: () => number
  /** Of the stops at which he gives the order back. */
  dropShare: number
}

const PAUSE_MS = 60
const TOLD_EVERY_MS = 1_000

/** The same numbers for the same seed (mulberry32). */
export const seeded = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export const startCouriers = ({ couriers, baseOf, promised, random, dropShare }: Options) => {
  let isOver = false
  const sizes: number[] = []
  let dropCount = 0

  const insist = (method: string, path: string, options: Ask) =>
    persist(
      () => ask(baseOf(), method, path, options),
      () => {},
    )

  /** A conflict after a lost answer means that it had been done, or that it is not his any more: his route says which. */
  const step = async (orderId: string, name: string, path: string, options: Ask) => {
    const answer = await insist('PATCH', path, options)
    if (answer.status === 200) promised(orderId)?.steps.push(name)
    return answer.status === 200
  }

  const pickUp = async ({ token }: Courier, orderId: string) => {
    const path = `/orders/${orderId}`
    if (random() < dropShare) {
      const body = { reason: 'Flat tyre' }
      if (await step(orderId, 'delivery:drop', `${path}/drop`, { token, body })) dropCount++
      return
    }
    await step(orderId, 'delivery:pickup', `${path}/pickup`, { token })
  }

  const bring = async ({ token }: Courier, orderId: string) => {
    const order = promised(orderId)
    if (!order) return
    const path = `/orders/${orderId}`
    await step(orderId, 'delivery:depart', `${path}/in-transit`, { token })
    const body = { proof: { code: order.handoverCode } }
    await step(orderId, 'delivery:deliver', `${path}/deliver`, { token, body })
  }

  const life = async (courier: Courier) => {
    const { token } = courier
    let toldMs = Number.NEGATIVE_INFINITY
    while (!isOver) {
      if (performance.now() - toldMs > TOLD_EVERY_MS) {
        const told = await ask(baseOf(), 'POST', '/drivers/location', { token, body: kitchen })
        if (told.status === 200) toldMs = performance.now()
      }
      const offers = await insist('GET', '/drivers/offers', { token })
      for (const { id, orderIds } of (offers.body?.data ?? []) as { id: string; orderIds: string[] }[]) {
        const answer = await insist('POST', `/drivers/offers/${id}/accept`, { token })
        if (answer.status !== 200) continue
        sizes.push(orderIds.length)
        for (const orderId of orderIds) promised(orderId)?.steps.push('delivery:accept')
      }
      const route = await insist('GET', '/drivers/route', { token })
      const [next] = (route.body?.stops ?? []) as { type: 'pickup' | 'dropoff'; orderId: string }[]
      if (next?.type === 'pickup') await pickUp(courier, next.orderId)
      else if (next) await bring(courier, next.orderId)
      await Bun.sleep(PAUSE_MS)
    }
  }

  const lives = couriers.map(life)
  return {
    /** How many orders each offer had that was accepted. */
    sizes,
    dropCount: () => dropCount,
    stop: async () => {
      isOver = true
      await Promise.all(lives)
    },
  }
}
