/** The two of the problem's rules that the literature has with and without. */
export type Rules = {
  /** Couriers without work may be sent to wait at a restaurant. */
  canPreposition: boolean
  /** The set that a courier is on his way to collect may change until the pickup. */
  canUpdate: boolean
}
