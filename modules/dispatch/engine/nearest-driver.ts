import type { Candidate, Decision, OpenDelivery, Policy, Snapshot } from './policy.ts'

const CANDIDATES_KEPT_MAX = 10

/** The food that is ready first gets the free driver who is there first. Ties go by id, so that a plan is repeatable. */
export const nearestDriver: Policy = {
  name: 'nearest-driver',
  plan: (snapshot) => {
    const taken = new Set<string>()
    return inOrder(snapshot).map((index) => {
      const decision = decide(snapshot, index, taken)
      if (decision.driverId !== null) taken.add(decision.driverId)
      return decision
    })
  },
}

const inOrder = ({ deliveries, now, leadSeconds }: Snapshot): number[] =>
  deliveries
    .map((delivery, index) => ({ delivery, index }))
    .filter(({ delivery }) => delivery.readyAt.getTime() - leadSeconds * 1000 <= now.getTime())
    .sort((a, b) => compareUrgency(a.delivery, b.delivery))
    .map(({ index }) => index)

const compareUrgency = (a: OpenDelivery, b: OpenDelivery) =>
  a.readyAt.getTime() - b.readyAt.getTime() || (a.orderId < b.orderId ? -1 : 1)

const decide = (
  { deliveries, drivers, pickupSeconds }: Snapshot,
  index: number,
  taken: ReadonlySet<string>,
): Decision => {
  const delivery = deliveries[index]!
  const candidates: Candidate[] = drivers.map(({ driverId }, driver) => {
    const candidate: Candidate = { driverId, pickupSeconds: pickupSeconds[driver]![index]! }
    if (delivery.excludedDriverIds.has(driverId)) candidate.lost = 'declined or did not answer'
    else if (!Number.isFinite(candidate.pickupSeconds)) candidate.lost = 'too far from the kitchen'
    else if (taken.has(driverId)) candidate.lost = 'brings an order that is ready earlier'
    return candidate
  })
  candidates.sort((a, b) => a.pickupSeconds - b.pickupSeconds || (a.driverId < b.driverId ? -1 : 1))
  const winner = candidates.find(({ lost }) => lost === undefined)
  for (const candidate of candidates) if (candidate !== winner) candidate.lost ??= 'farther away'
  return {
    orderId: delivery.orderId,
    driverId: winner?.driverId ?? null,
    pickupSeconds: winner?.pickupSeconds ?? 0,
    candidates: candidates.slice(0, CANDIDATES_KEPT_MAX),
  }
}
