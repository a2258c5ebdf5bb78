import { distanceMeters, type LatLng } from '#core/geo'

/** The first three digits of Göteborg's postal codes, and roughly the middle of where they are used. */
const DISTRICTS: { digits: string; middle: LatLng }[] = [
  { digits: '411', middle: { lat: 57.704, lng: 11.968 } }, // the centre
  { digits: '412', middle: { lat: 57.69, lng: 11.992 } }, // Johanneberg, Örgryte
  { digits: '413', middle: { lat: 57.689, lng: 11.952 } }, // Linnéstaden, Guldheden
  { digits: '414', middle: { lat: 57.692, lng: 11.918 } }, // Majorna
  { digits: '415', middle: { lat: 57.737, lng: 12.035 } }, // Gamlestaden, Bergsjön
  { digits: '416', middle: { lat: 57.711, lng: 12.015 } }, // Olskroken, Lunden
  { digits: '417', middle: { lat: 57.717, lng: 11.935 } }, // Lindholmen, Kvillebäcken
  { digits: '418', middle: { lat: 57.722, lng: 11.892 } }, // Biskopsgården
  { digits: '421', middle: { lat: 57.657, lng: 11.925 } }, // Frölunda, Högsbo
  { digits: '422', middle: { lat: 57.746, lng: 11.975 } }, // Hisings Backa
  { digits: '426', middle: { lat: 57.672, lng: 11.89 } }, // Västra Frölunda
]

/** A plausible code, not the true one: the district's digits, and two more that one street always gets. */
export const postalCodeAt = (street: string, place: LatLng): string => {
  const district = DISTRICTS.reduce((best, next) =>
    distanceMeters(next.middle, place) < distanceMeters(best.middle, place) ? next : best,
  )
  return `${district.digits} ${String(5 + (sumOfCharacters(street) % 70)).padStart(2, '0')}`
}

const sumOfCharacters = (text: string): number =>
  [...text].reduce((sum, char) => (sum * 31 + char.codePointAt(0)!) % 9973, 7)
