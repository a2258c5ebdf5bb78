import type { LatLng } from '#core/geo'

export type Address = { street: string; city: string; postalCode: string }

/**
 * Somebody who knows where addresses are. What it does not know, or not exactly enough to bring food there, is undefined;
 * what is no answer is thrown, as providers of routes do.
 */
export type Geocoder = {
  name: string
  search: (address: Address, signal: AbortSignal) => Promise<LatLng | undefined>
}

/** With a number in it, an address is one house: the middle of its street will not do. */
export const isOneHouse = ({ street }: Address): boolean => /\d/.test(street)
