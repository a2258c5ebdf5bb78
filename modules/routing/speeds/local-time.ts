import { database } from '#core/database'
import { isInside, isInsideBox, type LatLng } from '#core/geo'
import { findZones, polygonOf } from '#core/zones'
import type { OpenCity } from '../roads'

/** Where no zone says what time it is. */
const FALLBACK = 'UTC'

/** The time zone of a city: that of the zone in its middle, or else of any zone that begins within its bounds. */
export const timeZones = async (): Promise<(city: OpenCity) => string> => {
  const zones = (await findZones(database.sql)).map(({ area, timeZone }) => ({ corners: polygonOf(area), timeZone }))
  return ({ bounds }) => {
    const middle: LatLng = { lat: (bounds.south + bounds.north) / 2, lng: (bounds.west + bounds.east) / 2 }
    const zone =
      zones.find(({ corners }) => isInside(middle, corners)) ??
      zones.find(({ corners }) => corners[0] && isInsideBox(corners[0], bounds))
    return zone?.timeZone ?? FALLBACK
  }
}
