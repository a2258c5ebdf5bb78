import type { Profile, RoadClass } from '../graph/road-graph'

/** Hours of the week as a place's clocks show them, and what they do to speeds. Pure. */
const HOURS = 24
export const HOURS_OF_WEEK = 7 * HOURS

/** Shares of the map's speed, by hour of the day or of the week from Monday 00:00; what is not named is 1. */
export type SpeedFactors = Partial<Record<Profile, Partial<Record<RoadClass, readonly number[]>>>>

const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const FRIDAY = DAYS.indexOf('Fri')

/** From 0, Monday 00:00 to 01:00, up to 167. */
export const hourOfWeek = (at: Date, timeZone: string): number => {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: 'numeric',
    hourCycle: 'h23',
  }).formatToParts(at)
  const part = (type: string) => parts.find((one) => one.type === type)!.value
  return DAYS.indexOf(part('weekday')) * HOURS + Number(part('hour'))
}

/** Hours that are kept apart: those of a working day, and those of a day of the weekend. */
export const bucketOf = (hour: number): number => (hour % HOURS) + (Math.floor(hour / HOURS) > FRIDAY ? HOURS : 0)

/** Where what was seen of late is kept, whatever the hour. */
export const RECENT_BUCKET = -1

export const hourFactor = (factors: SpeedFactors, profile: Profile, roadClass: RoadClass, hour: number): number => {
  const hours = factors[profile]?.[roadClass]
  return hours?.[hour % hours.length] ?? 1
}
