import { z } from 'zod'
import { Id } from '#core/ids'
import { face, orWhenAway } from '#core/remote'
import { type Actor, ROLES } from '#core/tokens'
import { boardOf, claim } from './board.ts'
import { Board, Claim } from './board-schema.ts'
import { acceptOffer, declineOffer, listOffers, withdrawOffers } from './offers.ts'
import { driverRoute } from './operate.ts'
import { Offer, OfferList, Route } from './schema.ts'

export { Board, Claim } from './board-schema.ts'
export { type Eta, type EtaInput, estimateEta, type Food, type Known, NOTHING_KNOWN } from './eta/estimate.ts'
export { knownTimes } from './eta-knowledge.ts'
export { DeclineRequest, Offer, OfferList, Route } from './schema.ts'

const READ_DEADLINE_MS = 2_000
const WRITE_DEADLINE_MS = 5_000

const Asking = z.object({ userId: Id, role: z.enum(ROLES) })
const Now = z.coerce.date<Date>()

/** What dispatch answers for others when it runs apart: a driver's dealings with it. */
export const dispatchFace = face({
  module: 'dispatch',
  callers: ['api'],
  methods: {
    listOffers: { kind: 'read', deadlineMs: READ_DEADLINE_MS, input: z.tuple([Asking, Now]), output: OfferList },
    driverRoute: { kind: 'read', deadlineMs: READ_DEADLINE_MS, input: z.tuple([Asking, Now]), output: Route },
    listBoard: { kind: 'read', deadlineMs: READ_DEADLINE_MS, input: z.tuple([Asking, Now]), output: Board },
    claimOrder: { kind: 'write', deadlineMs: WRITE_DEADLINE_MS, input: z.tuple([Asking, Id, Now]), output: Claim },
    acceptOffer: { kind: 'write', deadlineMs: WRITE_DEADLINE_MS, input: z.tuple([Asking, Id, Now]), output: Offer },
    declineOffer: {
      kind: 'write',
      deadlineMs: WRITE_DEADLINE_MS,
      input: z.tuple([Asking, Id, z.string().nullable(), Now]),
      output: Offer,
    },
  },
  own: { listOffers, driverRoute, listBoard: boardOf, claimOrder: claim, acceptOffer, declineOffer },
})

/**
 * The face of dispatch: what the rest of the market asks of it. What follows from another write, and must not fail when
 * dispatch is away, is shared code on the one database and runs where it is called.
 */
export const dispatch = {
  ...dispatchFace.calls,
  /** Who has food on board must find the door, whether dispatch answers or not. */
  driverRoute: (actor: Actor, now: Date): Promise<Route> =>
    orWhenAway(dispatchFace.calls.driverRoute(actor, now), () => driverRoute(actor, now)),
  /** An open offer of a driver who goes off duty. */
  giveBackOffer: (actor: Actor, offerId: string, now: Date) => declineOffer(actor, offerId, 'went off duty', now),
  withdrawOffers,
}
