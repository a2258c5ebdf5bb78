import { distanceMeters, type LatLng } from '#core/geo'
import { postalCodeAt } from './postal-codes'
import type { StreetPiece } from './streets'
import type { DemoAddress } from './types'

export const CITY_CENTER: LatLng = { lat: 57.7, lng: 11.97 }

/** Homes thin out with the distance from the centre as a bell curve of this width does. */
const SPREAD_METERS = 3500
const METERS_PER_HOUSE = 20
const DRAWS_MAX = 10_000

/** Draws addresses that no one has been given yet; `accept` may ask for more, such as a place near the centre. */
export type DrawAddress = (accept?: (place: LatLng) => boolean) => DemoAddress

export const addressBook = (pieces: StreetPiece[], random: () => number): DrawAddress => {
  const drawPiece = weightedDraw(pieces.filter(inGoteborg), homesAlong, random)
  const houseNumber = houseNumbers(pieces)
  const taken = new Set<string>()

  const drawOne = (): DemoAddress => {
    const { name, from, to } = drawPiece()
    const coordinates = between(from, to, random())
    const side = random() < 0.5 ? 0 : 1
    return {
      street: `${name} ${houseNumber(name, coordinates) + side}`,
      city: 'Göteborg',
      postalCode: postalCodeAt(name, coordinates),
      coordinates,
    }
  }

  return (accept = () => true) => {
    for (let draw = 0; draw < DRAWS_MAX; draw++) {
      const address = drawOne()
      if (taken.has(address.street) || !accept(address.coordinates)) continue
      taken.add(address.street)
      return address
    }
    throw new Error(`no free address after ${DRAWS_MAX} draws: the street network is too small`)
  }
}

/** The network reaches a little into the next towns, Mölndal in the south and Partille in the east. */
const inGoteborg = ({ from: { lat, lng } }: StreetPiece): boolean => lng < 12.06 && !(lat < 57.675 && lng > 11.965)

const homesAlong = ({ from, to }: StreetPiece): number =>
  distanceMeters(from, to) * Math.exp(-((distanceMeters(from, CITY_CENTER) / SPREAD_METERS) ** 2) / 2)

/** Draws members in proportion to their weight. */
const weightedDraw = <Member>(members: Member[], weigh: (member: Member) => number, random: () => number) => {
  let total = 0
  const totals = members.map((member) => (total += weigh(member)))
  if (total === 0) throw new Error('the street network has no street with homes')
  return (): Member => {
    const wanted = random() * total
    let low = 0
    let high = totals.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (totals[middle]! > wanted) high = middle
      else low = middle + 1
    }
    return members[low]!
  }
}

/**
 * Odd house numbers that rise along each street, from the end nearer the centre; the even ones are across the street.
 * Invented: OpenStreetMap's own are not in the network.
 */
const houseNumbers = (pieces: StreetPiece[]) => {
  const starts = new Map<string, LatLng>()
  for (const { name, from, to } of pieces) {
    for (const place of [from, to]) {
      const start = starts.get(name)
      if (!start || fromCenter(place) < fromCenter(start)) starts.set(name, place)
    }
  }
  return (name: string, place: LatLng): number =>
    1 + 2 * Math.floor(distanceMeters(starts.get(name) ?? place, place) / METERS_PER_HOUSE)
}

export const fromCenter = (place: LatLng): number => distanceMeters(place, CITY_CENTER)

/** To the sixth decimal, about ten centimetres. */
const between = (from: LatLng, to: LatLng, share: number): LatLng => ({
  lat: Number((from.lat + (to.lat - from.lat) * share).toFixed(6)),
  lng: Number((from.lng + (to.lng - from.lng) * share).toFixed(6)),
})
