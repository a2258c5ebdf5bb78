/**
 * What a policy is asked and what it answers. Pure: every time is in seconds since one origin of the caller's choice, a place is
 * an index into the caller's travel function, and nothing here reads a clock, a database or chance.
 */

export type Place = number

export type Order = {
  id: string
  kitchen: string
  pickup: Place
  dropoff: Place
  placedAt: number
  /** Expected; `readySpreadSeconds` is how far off it usually is (0: it is certain). */
  readyAt: number
  readySpreadSeconds: number
  /** At the door by then: what the customer was told. */
  promisedAt: number
  /** After that nobody wants it any more. */
  latestAt: number
  /** In the unit of a driver's capacity. */
  size: number
  /** Drivers who are not to be asked: declined, blocked, or without what it needs (cash, a box that keeps warm). */
  excluded?: ReadonlySet<string>
}

/** He is on his way to a kitchen (or waits there). Until the pickup the set of its orders may change, the kitchen may not. */
export type Pending = { kitchen: string; orderIds: readonly string[]; arrivesAt: number }

export type Driver = {
  id: string
  vehicle: string
  /** Where he is free, and when: after all that cannot be changed any more. With `pending`, the kitchen and his arrival there. */
  place: Place
  freeAt: number
  onAt: number
  /** No pickup after that; dropoffs may be later. */
  offAt: number
  capacity: number
  /** How long he can still drive, loads and unloads not counted, until he has to charge; absent: as long as he likes. */
  rangeSeconds?: number
  /** Between the two he does nothing: a trip ends before it or begins after it. What he is on his way to comes first. */
  break?: { startsAt: number; endsAt: number }
  pending?: Pending
  /** Share of his time on duty without an order, 0 to 1, for those who weigh fairness. */
  idleShare?: number
  /** Taken for each order that he gets: he may not want it, and the next one is asked so much later, in expectation. */
  unsureSeconds?: number
}

/** Half of the time at a door before the hand-over, half after it, or whatever the split is. */
export type Service = { pickupBefore: number; pickupAfter: number; dropoffBefore: number; dropoffAfter: number }

/** What is learned from the past about the hours to come. */
export type Demand = {
  /** Orders a second expected at this kitchen around that instant. */
  ratePerSecond: (kitchen: string, at: number) => number
  kitchens: readonly { kitchen: string; place: Place }[]
}

export type Situation = {
  now: number
  /** Placed, not yet picked up, not in a final commitment. Those of a `pending` set are among them. */
  orders: readonly Order[]
  /** On duty now or soon, and not busy for longer than the look-ahead. */
  drivers: readonly Driver[]
  /** Infinity: no way, or farther than this vehicle goes. */
  travelSeconds: (driver: Driver, from: Place, to: Place) => number
  service: Service
  settings: Settings
  demand?: Demand
  /** The `drafts` of the plan before: a good place to start from, when there is one. */
  previous?: readonly Draft[]
}

export type Settings = {
  /** When the next round comes at the latest: what need not be decided before, is not. */
  roundSeconds: number
  /** Orders that are ready later than this from now are not looked at. */
  lookAheadSeconds: number
  bundleMax: number
  /** Between two kitchens of one bundle; 0 keeps a bundle to one kitchen. */
  bundleKitchenSecondsMax: number
  /** From ready to the door, of an order that shares a ride. */
  foodAgeSecondsMax: number
  /** How much later than alone an order may arrive because it shares a ride. */
  detourSecondsMax: number
  /** Drivers tried for each bundle. */
  candidatesMax: number
  /** Trips planned ahead for one driver. */
  tripsMax: number
  /** Rounds of taking orders out and putting them back better; ends sooner when the time is over. */
  improvementsMax: number
  /** Of the search's own dice: the same situation and seed give the same plan. */
  seed: number
  /** How many times its spread after the expected time food is planned to be ready: 0 trusts the kitchen. */
  readyMargin: number
  /** May an idle driver be sent to wait at a kitchen. */
  canReposition: boolean
  /** On his way there he can be given an order all the same. */
  isReachableOnMove: boolean
  /** Candidates kept in the explanation of each order. */
  explainedMax: number
  weights: Weights
}

/** Seconds of click-to-door that one second of each is worth. */
export type Weights = {
  /** Food that is ready and waits. */
  foodAge: number
  /** Past the promise. */
  overdue: number
  /** Of a driver, from free to free. */
  driverTime: number
  /** Taken off, of a driver's time to spare before he has to leave: who is free goes before who is just in time. */
  slack: number
  /** How much farther from where orders are expected he ends than he began, by `demand`. */
  remoteness: number
  /** Taken off, of what he works past the end of his shift: he could bring nothing else by then. */
  pastShift: number
  /** A driver's idle share times this is taken off for each order he gets (0: not weighed). */
  fairness: number
}

export const DEFAULT_SETTINGS: Settings = {
  roundSeconds: 60,
  lookAheadSeconds: 3_600,
  bundleMax: 4,
  bundleKitchenSecondsMax: 0,
  foodAgeSecondsMax: 3_600,
  detourSecondsMax: 1_200,
  candidatesMax: 24,
  tripsMax: 3,
  improvementsMax: 40,
  seed: 1,
  readyMargin: 0,
  canReposition: true,
  isReachableOnMove: false,
  explainedMax: 10,
  weights: { foodAge: 0.25, overdue: 1, driverTime: 0, slack: 0.1, remoteness: 0.3, pastShift: 0.4, fairness: 0 },
}

/** What a driver would do one trip after the other, if nothing else happened. Order ids in order of dropoff, kitchens in order of visit. */
export type Draft = { driverId: string; trips: readonly { kitchens: readonly string[]; orderIds: readonly string[] }[] }

/** A driver and the orders he is to collect. */
export type Commit = {
  driverId: string
  /** In order of dropoff. */
  orderIds: readonly string[]
  /** In order of visit; one unless bundles may span kitchens. */
  kitchens: readonly string[]
  /** Nothing of it changes any more. Otherwise he drives off, and the set may change until the pickup. */
  isFinal: boolean
  leavesAt: number
  /** The last food is in his hands. */
  pickupAt: number
  /** As `orderIds`. */
  dropoffsAt: readonly number[]
  freeAt: number
}

export type Move = { driverId: string; place: Place; kitchen: string; why: string }

/** Not decided yet, and why: `until` is when it will have to be. */
export type Hold = { orderId: string; until: number; why: string }

/** In seconds of click-to-door; `total` is what was compared. */
export type Cost = {
  clickToDoor: number
  foodAge: number
  overdue: number
  driverTime: number
  slack: number
  fairness: number
  /** What it does to the orders still to come: where he ends, and when. */
  outlook: number
  /** For the chance that he does not want it. */
  acceptance: number
  /** What it does to the other orders of his. */
  others: number
  total: number
}

export type Candidate = {
  driverId: string
  /** The bundle it would have been part of. */
  orderIds: readonly string[]
  pickupAt: number
  dropoffAt: number
  cost: Cost
  /** Why it was not chosen; none for the one who was. */
  lost?: string
}

export type Explanation = {
  orderId: string
  driverId: string | null
  decision: string
  candidates: readonly Candidate[]
}

export type Plan = {
  commits: readonly Commit[]
  moves: readonly Move[]
  holds: readonly Hold[]
  drafts: readonly Draft[]
  explanations: readonly Explanation[]
}

/** `isOver` is asked between improvements: whatever has been found by then is the answer. */
export type Policy = { name: string; plan: (situation: Situation, isOver?: () => boolean) => Plan }
