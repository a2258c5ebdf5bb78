import { acceptOffer, declineOffer, listOffers, withdrawOffers } from './offers.ts'
import { driverRoute } from './operate.ts'

export { type Eta, type EtaInput, estimateEta } from './engine/eta.ts'
export { DeclineRequest, Offer, OfferList, Route } from './schema.ts'

/** The face of dispatch: what the rest of the market asks of it. */
export const dispatch = { listOffers, acceptOffer, declineOffer, withdrawOffers, driverRoute }
