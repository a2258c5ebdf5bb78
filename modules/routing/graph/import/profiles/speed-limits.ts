import { kmhOf } from './measures'

/**
 * Speed limits that are named and not given as a number: `FR:urban`. Values as in OSRM 6.0's car profile, from
 * https://wiki.openstreetmap.org/wiki/Speed_limits. 0: no limit is known.
 */
const BY_ZONE: Readonly<Record<string, number>> = { urban: 50, rural: 90, trunk: 110, motorway: 130 }

const MILES_60 = 96.54
const MILES_70 = 112.63

/** Countries that differ. */
const BY_COUNTRY: Readonly<Record<string, number>> = {
  'at:rural': 100,
  'at:trunk': 100,
  'be:motorway': 120,
  'be-vlg:rural': 70,
  'by:urban': 60,
  'by:motorway': 110,
  'ch:rural': 80,
  'ch:trunk': 100,
  'ch:motorway': 120,
  'cz:trunk': 0,
  'cz:motorway': 0,
  'de:living_street': 7,
  'de:rural': 100,
  'de:motorway': 0,
  'dk:rural': 80,
  'fr:rural': 80,
  'gb:nsl_single': MILES_60,
  'gb:nsl_dual': MILES_70,
  'gb:motorway': MILES_70,
  'nl:rural': 80,
  'nl:trunk': 100,
  'no:rural': 80,
  'no:motorway': 110,
  'ph:urban': 40,
  'ph:rural': 80,
  'ph:motorway': 100,
  'pl:rural': 100,
  'pl:trunk': 120,
  'pl:motorway': 140,
  'ro:trunk': 100,
  'ru:living_street': 20,
  'ru:urban': 60,
  'ru:motorway': 110,
  'uk:nsl_single': MILES_60,
  'uk:nsl_dual': MILES_70,
  'uk:motorway': MILES_70,
  'za:urban': 60,
  'za:rural': 100,
  none: 140,
}

/** A speed limit in km/h, 0 when there is none or it says nothing. */
export const speedLimitKmh = (text: string | undefined): number => {
  if (text === undefined) return 0
  const number = kmhOf(text)
  if (number !== undefined) return number
  const name = text.toLowerCase()
  const zone = /[a-z]{2}:([a-z]+)/.exec(name)?.[1] ?? ''
  return BY_COUNTRY[name] ?? BY_ZONE[zone] ?? 0
}
