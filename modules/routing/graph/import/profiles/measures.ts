/**
 * Measures as mappers write them. https://wiki.openstreetmap.org/wiki/Map_features/Units; what counts as a number is as in
 * OSRM's profiles/lib/measure.lua, so that both read the same.
 */
const KILOMETERS_PER_MILE = 1.609
const METERS_PER_INCH = 0.0254
const INCHES_PER_FOOT = 12
const KILOGRAMS_PER_POUND = 0.45359237
const KILOGRAMS_PER_TON = 1000

/** Whole digits at the beginning, or undefined. */
export const leadingNumber = (text: string | undefined): number | undefined => {
  const digits = /^\d+/.exec(text ?? '')
  return digits ? Number(digits[0]) : undefined
}

const decimal = (text: string): number | undefined => {
  const digits = /\d+\.?\d*/.exec(text.replaceAll(',', '.'))
  return digits ? Number(digits[0]) : undefined
}

/** `3.5`, `3,5 m`, `6'7"`. */
export const meters = (text: string | undefined): number | undefined => {
  const value = text === undefined ? undefined : decimal(text)
  if (value === undefined || !text!.includes("'")) return value
  const inches = leadingNumber(text!.slice(text!.indexOf("'") + 1).trim()) ?? 0
  return (value * INCHES_PER_FOOT + inches) * METERS_PER_INCH
}

/** Where a height is given by a word (`default`, `none`), it is at least that. */
const HEIGHT_BY_WORD_METERS = 4.5

/** Infinity where nothing is said. */
export const heightMeters = (text: string | undefined): number =>
  ['default', 'none', 'no-sign', 'unsigned'].includes(text ?? '') ? HEIGHT_BY_WORD_METERS : (meters(text) ?? Infinity)

/** `3.5` (tons), `3500 kg`, `8000 lbs`. */
export const kilograms = (text: string | undefined): number | undefined => {
  const value = text === undefined ? undefined : decimal(text)
  if (value === undefined) return
  if (text!.includes('lbs')) return value * KILOGRAMS_PER_POUND
  return text!.includes('kg') ? value : value * KILOGRAMS_PER_TON
}

/** `50`, `30 mph`; undefined for words. */
export const kmhOf = (text: string): number | undefined => {
  const value = leadingNumber(text)
  return value !== undefined && /mph|mp\/h/.test(text) ? value * KILOMETERS_PER_MILE : value
}

/** `00:20`, `1:30:00`, `90` (minutes), `PT1H30M`; seconds, or undefined. */
export const durationSeconds = (text: string | undefined): number | undefined => {
  if (text === undefined) return
  const iso = /^P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(text)
  if (iso && /\d/.test(text)) {
    const [days = 0, hours = 0, minutes = 0, seconds = 0] = iso.slice(1).map((part) => Number(part ?? 0))
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
  }
  const clock = /^(?:(\d+):)?(\d+)(?::(\d\d))?$/.exec(text)
  if (!clock) return
  return (Number(clock[1] ?? 0) * 60 + Number(clock[2])) * 60 + Number(clock[3] ?? 0)
}
