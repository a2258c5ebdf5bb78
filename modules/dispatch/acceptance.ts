import type { Sql } from '#core/database'

/**
 * How likely a driver accepts an offer: the share of those he answered or let run out, the newest counting most, drawn
 * towards what drivers usually do while he has answered few.
 */

/** What an answer still weighs when the next one comes: about the last fifty count. */
const KEPT = 0.98
const USUAL_SHARE = 0.8
/** As many answers as the usual share stands for. */
const USUAL_WEIGHT = 10

export type Answers = { offersAnswered: number; offersAccepted: number }

/** Between 0 and 1. */
export const acceptanceShare = ({ offersAnswered, offersAccepted }: Answers): number =>
  (offersAccepted + USUAL_SHARE * USUAL_WEIGHT) / (offersAnswered + USUAL_WEIGHT)

/** Once for each offer that he ended, in the transaction that ends it. One taken back, or accepted for him, says nothing. */
export const noteAnswer = (tx: Sql, driverId: string, isAccepted: boolean) => tx`
  update drivers set offers_answered = offers_answered * ${KEPT}::real + 1,
    offers_accepted = offers_accepted * ${KEPT}::real + ${isAccepted ? 1 : 0}
  where id = ${driverId}`
