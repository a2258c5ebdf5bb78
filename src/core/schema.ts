import { z } from 'zod'

/** Schemas of the words that every noun uses. */

// Control characters have no place in names and addresses, and Postgres cannot store a NUL.
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what this pattern is about
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

/** A person's text of one line or more, trimmed. */
export const Text = (max: number, min = 1) =>
  z
    .string()
    .trim()
    .min(min)
    .max(max)
    // Half of a surrogate pair is no character: JSON can say it, UTF-8 and Postgres cannot.
    .refine((text) => text.isWellFormed() && !CONTROL.test(text), { message: 'must hold characters only' })

export const Position = z.object({ lat: z.number().min(-90).max(90), lng: z.number().min(-180).max(180) })
export const PositionInput = z.strictObject(Position.shape)

/** An instant in an answer: ISO 8601, UTC. */
export const Instant = z.iso.datetime()

const YEAR_MIN = 1970
const YEAR_MAX = 9999

/** By its year in UTC: a year 0 cannot be stored, and one of five digits, which an offset can make, not be told. */
const isOfOurTime = (instant: string) => {
  const year = new Date(instant).getUTCFullYear()
  // What is no instant at all has been refused already.
  return Number.isNaN(year) || (year >= YEAR_MIN && year <= YEAR_MAX)
}

/** An instant in a request: any offset is understood. */
export const InstantInput = z.iso
  .datetime({ offset: true })
  .refine(isOfOurTime, { message: `must lie in the years ${YEAR_MIN} to ${YEAR_MAX}` })

export const CENTS_MAX = 100_000_000

/** Money in minor units. */
export const Cents = z.int().min(0).max(CENTS_MAX)
export const CentsOut = z.int()

export const Email = z.string().trim().toLowerCase().max(254).pipe(z.email())

export const PhoneNumber = z.string().regex(/^\+[1-9]\d{6,14}$/, 'must be in E.164 form, such as +46701740605')

export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, { message: 'must be an IANA time zone, such as Europe/Stockholm' })

function isTimeZone(name: string) {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** A lowercase label such as `gluten-free`. */
export const Slug = z
  .string()
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lowercase letters, digits and single dashes')
  .max(40)
