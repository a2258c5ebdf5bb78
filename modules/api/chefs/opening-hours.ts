import type { OpeningHours } from './schema.ts'

/** The chef's calendar at a moment: Monday is 1. */
export type LocalTime = { weekday: number; minuteOfDay: number; day: string }

const MINUTES_PER_DAY = 24 * 60
const formats = new Map<string, Intl.DateTimeFormat>()
const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** What the clocks and calendars of a time zone show at an instant. */
export const localTime = (at: Date, timeZone: string): LocalTime => {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  )
  return {
    weekday: WEEKDAYS.indexOf(parts.get('weekday')!) + 1,
    minuteOfDay: Number(parts.get('hour')) * 60 + Number(parts.get('minute')),
    day: `${parts.get('year')}-${parts.get('month')}-${parts.get('day')}`,
  }
}

const formatOf = (timeZone: string) => {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    formats.set(timeZone, format)
  }
  return format
}

type Availability = { hours: OpeningHours | null; vacationFrom: string | null; vacationUntil: string | null }

/** Whether a kitchen takes orders at an instant. No hours given: always, but for vacations. */
export const isOpenAt = ({ hours, vacationFrom, vacationUntil }: Availability, at: Date, local: LocalTime): boolean => {
  const time = at.getTime()
  if (vacationFrom && vacationUntil && Date.parse(vacationFrom) <= time && time < Date.parse(vacationUntil))
    return false
  if (hours === null) return true
  return hours.some((span) => covers(span, local))
}

const covers = ({ weekday, opens, closes }: OpeningHours[number], { weekday: today, minuteOfDay }: LocalTime) => {
  const from = minutesOf(opens)
  const until = minutesOf(closes)
  if (from < until) return weekday === today && from <= minuteOfDay && minuteOfDay < until
  // Past midnight: the evening of its own day, and the small hours of the next.
  const nextDay = (weekday % 7) + 1
  return (weekday === today && from <= minuteOfDay) || (nextDay === today && minuteOfDay < until)
}

const minutesOf = (text: string) => {
  const [hours, minutes] = text.split(':').map(Number)
  return Math.min(hours! * 60 + minutes!, MINUTES_PER_DAY)
}
