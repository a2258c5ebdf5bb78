import { z } from 'zod'
import type { Sql } from '#core/database'
import { type LatLng, METERS_PER_MILE } from '#core/geo'
import { CENTS_MAX } from '#core/schema'

const Bps = z.int().min(0).max(10_000)
const Cents = z.int().min(0).max(CENTS_MAX)
const Seconds = (min: number, max: number) => z.int().min(min).max(max)
const Meters = Seconds

/** What operations may set for a zone; takes effect the moment it is saved. Shares are in basis points (1/100 %). */
export const ZoneSettings = z.strictObject({
  taxBps: Bps.default(800),
  commissionBps: Bps.default(1_500),
  serviceFeeBps: Bps.default(0),
  deliveryFeeCents: Cents.default(500),
  // Not rounded: a step of 1609 m instead of a mile would begin the next one some metres early, more with each.
  deliveryFeeIncludedMeters: z
    .number()
    .min(0)
    .max(100_000)
    .default(3 * METERS_PER_MILE),
  deliveryFeePerStepCents: Cents.default(150),
  deliveryFeeStepMeters: z.number().min(1).max(100_000).default(METERS_PER_MILE),
  /** 10000 is once the fee: no surcharge, however many orders wait. */
  demandMultiplierBpsMax: z.int().min(10_000).max(50_000).default(10_000),
  /** Open deliveries per free driver from which the fee begins to rise. */
  demandThreshold: z.number().min(0.1).max(100).default(2),
  minimumOrderCents: Cents.default(1_000),
  paymentTimeoutSeconds: Seconds(30, 86_400).default(900),
  acceptTimeoutSeconds: Seconds(30, 86_400).default(600),
  offerTimeoutSeconds: Seconds(5, 600).default(30),
  /** A driver whose newest fix is older gets no offers. */
  fixAgeSecondsMax: Seconds(10, 86_400).default(300),
  /** How long before the food is ready a driver is looked for, at most. */
  dispatchLeadSeconds: Seconds(0, 7_200).default(1_800),
  /** When orders are planned together, a driver is asked so long before he has to set out, and the time that he has to answer. */
  offerLeadSeconds: Seconds(0, 7_200).default(90),
  dispatchRadiusMeters: Meters(100, 100_000).default(15_000),
  /** Drivers this near are asked first; after each who did not want it, this much farther, up to `dispatchRadiusMeters`. */
  offerRadiusMeters: Meters(100, 100_000).default(5_000),
  offerRadiusStepMeters: Meters(0, 100_000).default(2_500),
  /** Nobody has taken it for so long: any driver may, from the board. */
  boardAfterSeconds: Seconds(0, 86_400).default(180),
  /** And after so long operators are told. */
  untakenAlertSeconds: Seconds(0, 86_400).default(300),
  /** A driver with orders of whom nothing was heard for so long is marked, and asked for nothing more. */
  driverSilentSeconds: Seconds(1, 3_600).default(30),
  /** And after so long he is relieved of what he has not picked up; of food on board operators are told. */
  driverRelievedSeconds: Seconds(1, 7_200).default(120),
  /** A driver who is this much farther from his next stop than he was is marked, and one who for so long came no nearer. */
  astrayMeters: Meters(100, 100_000).default(1_000),
  astraySeconds: Seconds(1, 7_200).default(300),
  /** So long after that he is relieved of what he has not picked up. */
  astrayRelievedSeconds: Seconds(1, 7_200).default(120),
  /** A kitchen that is so long past the time it gave is late: operators are told. */
  kitchenLateSeconds: Seconds(1, 86_400).default(600),
  /** So long a driver waits there at most for food that should be ready; then he is free, and nobody is sought until it is. */
  kitchenWaitSeconds: Seconds(1, 86_400).default(900),
  /** Nobody goes faster: a fix that is farther away is not believed. */
  believableMetersPerSecond: z.number().min(5).max(200).default(50),
  /** How deliveries are given to drivers: planned together, or each to the nearest who is free. */
  dispatchPolicy: z.enum(['optimiser', 'nearest-driver']).default('optimiser'),
  /** Idle drivers are told where they had better wait, for what is expected of the hour. */
  suggestsWaiting: z.boolean().default(false),
  /** Among drivers who cost about the same, who has idled is preferred: his idle share (0 to 1) times this is taken off. */
  fairnessWeightSeconds: Seconds(0, 3_600).default(0),
})
export type ZoneSettings = z.output<typeof ZoneSettings>

/** Settings as stored: what was never set has its default. */
export const settingsOf = (stored: unknown): ZoneSettings => ZoneSettings.parse(stored ?? {})

export type ZoneRow = {
  id: string
  slug: string
  name: string
  area: string
  currency: string
  timeZone: string
  settings: unknown
}

/** The settings of a zone as they are now; undefined when there is no such zone. */
export const settingsOfZone = async (sql: Sql, zoneId: string): Promise<ZoneSettings | undefined> => {
  const [zone] = await sql<{ settings: unknown }[]>`select settings from zones where id = ${zoneId}`
  return zone && settingsOf(zone.settings)
}

export const findZones = (sql: Sql) => sql<ZoneRow[]>`select * from zones order by id`

/** Corners as Postgres writes a polygon: ((lng,lat),...). */
export const polygonText = (corners: readonly LatLng[]): string =>
  `(${corners.map(({ lat, lng }) => `(${lng},${lat})`).join(',')})`

export const polygonOf = (text: string): LatLng[] =>
  [...text.matchAll(/\(([-\d.e]+),([-\d.e]+)\)/g)].map(([, lng, lat]) => ({ lat: Number(lat), lng: Number(lng) }))
