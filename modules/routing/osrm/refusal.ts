/** What the OSRM protocol calls the ways in which a request fails. */
export const REFUSAL_CODES = [
  'InvalidUrl',
  'InvalidService',
  'InvalidVersion',
  'InvalidOptions',
  'InvalidQuery',
  'InvalidValue',
  'NoSegment',
  'TooBig',
  'NoRoute',
  'NoTable',
  'NoMatch',
  'NotImplemented',
] as const
export type RefusalCode = (typeof REFUSAL_CODES)[number]

/** An expected refusal, sent as the protocol says: status 400 and `{ code, message }`, not as a problem. */
export class Refusal extends Error {
  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super(message)
    this.name = 'Refusal'
  }
}

export const malformedQuery = (position: number) =>
  new Refusal('InvalidQuery', `Query string malformed close to position ${position}`)
