import { newId } from '#core/ids'
import type { ZoneSettings } from '#core/zones'
import { candidatesOf } from '../decisions'
import type { Decision } from '../engine/policy'
import type { Commit, Explanation, Move, Plan } from '../engine/problem'
import type { NewOffer } from '../offers'
import type { NewDecision, OpenDeliveryRow } from '../queries'
import { decisionOf } from '../snapshot'
import type { Gathered } from './situation'

/** What a round means to do: offers, each with why; and of the other orders for whom they are meant, or that there is nobody. */
export type Intents = {
  offers: { offer: NewOffer; decisions: NewDecision[] }[]
  unasked: NewDecision[]
  /** Advice to idle drivers. */
  moves: readonly Move[]
}

export type RoundFacts = {
  zoneId: string
  settings: ZoneSettings
  rows: readonly OpenDeliveryRow[]
  now: Date
  /** Some travel times are estimates. */
  isApproximate: boolean
}

const APPROXIMATE = 'Travel times are estimates.'

const marked = (reason: string, { isApproximate }: RoundFacts) => (isApproximate ? `${reason} ${APPROXIMATE}` : reason)

const offerOf = (
  rows: readonly OpenDeliveryRow[],
  driverId: string,
  pickupSeconds: number,
  { settings }: RoundFacts,
) => ({
  driverId,
  orderIds: rows.map(({ orderId }) => orderId),
  payCents: rows.reduce((sum, { payCents }) => sum + payCents, 0),
  currency: rows[0]!.currency,
  pickupSeconds,
  timeoutSeconds: settings.offerTimeoutSeconds,
})

export const nearestIntents = (decisions: readonly Decision[], facts: RoundFacts): Intents => {
  const rows = new Map(facts.rows.map((row) => [row.orderId, row]))
  const intents: Intents = { offers: [], unasked: [], moves: [] }
  for (const decision of decisions) {
    const record = decisionOf(facts.zoneId, decision, facts.now)
    const kept = { ...record, reason: marked(record.reason, facts) }
    if (decision.driverId === null) {
      intents.unasked.push({ ...kept, outcome: 'no_driver' })
      continue
    }
    const offer = offerOf([rows.get(decision.orderId)!], decision.driverId, decision.pickupSeconds, facts)
    intents.offers.push({ offer, decisions: [{ ...kept, outcome: 'offered' }] })
  }
  return intents
}

/** Offers for what a plan commits to now. What it holds is decided in a later round: kept is what is meant. */
export const planIntents = (plan: Plan, { pending, originMs, situation }: Gathered, facts: RoundFacts): Intents => {
  const rows = new Map(facts.rows.map((row) => [row.orderId, row]))
  const explanations = new Map(plan.explanations.map((one) => [one.orderId, one]))
  const offers = plan.commits.flatMap((commit) => {
    const beside = pending.get(commit.driverId) ?? []
    const added = commit.orderIds.flatMap((id) => (beside.includes(id) ? [] : (rows.get(id) ?? [])))
    // Whatever a policy thinks: who does not want it, or may not, is not asked.
    if (added.length === 0 || added.some((row) => row.excludedDriverIds.includes(commit.driverId))) return []
    const pickupSeconds = Math.max(0, Math.round(commit.pickupAt - situation.now))
    // What he has stays his, whether the plan thinks of it or not.
    const dropoffOrderIds = [...new Set([...commit.orderIds, ...beside])]
    return {
      offer: {
        ...offerOf(added, commit.driverId, pickupSeconds, facts),
        besideOrderIds: beside,
        dropoffOrderIds,
      },
      decisions: added.map(({ orderId }) => ({
        ...recordOf(orderId, explanations.get(orderId), originMs, facts, commit),
        outcome: 'offered' as const,
      })),
    }
  })
  const unasked = situation.orders
    .filter(({ id }) => rows.has(id) && !isCommitted(plan, id))
    .map(({ id }) => plannedOf(plan, id, originMs, facts) ?? nobodyFor(id, explanations.get(id), originMs, facts))
  return { offers, unasked, moves: plan.moves }
}

const isCommitted = ({ commits }: Plan, orderId: string) => commits.some(({ orderIds }) => orderIds.includes(orderId))

const nobodyFor = (orderId: string, explanation: Explanation | undefined, originMs: number, facts: RoundFacts) => ({
  ...recordOf(orderId, explanation, originMs, facts),
  outcome: 'no_driver' as const,
})

/** Undefined: it is in nobody's plan. */
const plannedOf = ({ drafts, holds }: Plan, orderId: string, originMs: number, facts: RoundFacts) => {
  const draft = drafts.find(({ trips }) => trips.some(({ orderIds }) => orderIds.includes(orderId)))
  if (!draft) return undefined
  const isFirst = draft.trips[0]!.orderIds.includes(orderId)
  const until = holds.find((hold) => hold.orderId === orderId)?.until ?? 0
  const reason = isFirst
    ? `Meant for a driver who need not set out before ${timeOfDay(originMs + until * 1000)}.`
    : 'Meant for a driver who has another ride before.'
  const record = { ...recordOf(orderId, undefined, originMs, facts), reason: marked(reason, facts) }
  return { ...record, driverId: draft.driverId, outcome: 'planned' as const }
}

const timeOfDay = (ms: number) => `${new Date(ms).toISOString().slice(11, 19)} UTC`

const recordOf = (
  orderId: string,
  explanation: Explanation | undefined,
  originMs: number,
  facts: RoundFacts,
  commit?: Commit,
) => {
  const alone = commit && {
    driverId: commit.driverId,
    orderIds: [...commit.orderIds],
    pickupSeconds: Math.max(0, Math.round(commit.pickupAt + originMs / 1000 - facts.now.getTime() / 1000)),
  }
  return {
    id: newId(),
    zoneId: facts.zoneId,
    orderId,
    driverId: commit?.driverId ?? null,
    policy: 'optimiser',
    candidates: explanation ? candidatesOf(explanation, originMs, facts.now) : alone ? [alone] : [],
    reason: marked(commit ? planOf(commit) : (explanation?.decision ?? 'No driver can come.'), facts),
    now: facts.now,
  }
}

const planOf = ({ orderIds }: Commit) =>
  `In the best plan found for all orders this driver collects it ${orderIds.length > 1 ? `with ${orderIds.length - 1} more` : 'alone'}.`
