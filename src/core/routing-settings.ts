import { z } from 'zod'
import { Count, Flag, JsonText, List, ServiceUrl, Token } from '#core/setting-types'

/** The settings of routing and geocoding: who is asked for travel times and places, and for how long. */

export const ROUTING_PROVIDERS = ['embedded', 'osrm', 'mapbox', 'google'] as const
export const GEOCODERS = ['nominatim', 'mapbox'] as const

/** Our names of ways to travel. */
export const TRAVEL_PROFILES = ['car', 'scooter', 'bike', 'foot'] as const
export type TravelProfile = (typeof TRAVEL_PROFILES)[number]

const PAIR = new RegExp(`^(${TRAVEL_PROFILES.join('|')})=([A-Za-z0-9_-]{1,64})$`)

/** `car=driving,bike=cycling`: which of our profiles a server has, and what it calls them. */
const ProfileNames = List.refine((pairs) => pairs.length > 0 && pairs.every((pair) => PAIR.test(pair)), {
  message: `must be profile=name pairs with commas between; profiles are ${TRAVEL_PROFILES.join(', ')}`,
}).transform(
  (pairs) => Object.fromEntries(pairs.map((pair) => pair.split('='))) as Partial<Record<TravelProfile, string>>,
)

/** Cities in one process; each is mapped into its memory. */
const ROADS_FILES_MAX = 100

/** As OpenStreetMap calls them; the classes of our road graphs. */
export const ROAD_CLASS_NAMES = [
  ...['motorway', 'trunk', 'primary', 'secondary', 'tertiary', 'unclassified', 'residential', 'living_street'],
  ...['service', 'track', 'pedestrian', 'cycleway', 'footway', 'steps', 'path', 'ferry'],
] as const

/** Shares of the map's speed: as far as what drivers show may go, too. */
const HourShares = z
  .array(z.number().min(0.2).max(1.5))
  .refine(({ length }) => length === 24 || length === 168, 'must hold 24 hours of a day or 168 of a week')

/** `{"car":{"primary":[...]}}`: how much faster or slower a class of roads is at each hour. */
const SpeedFactors = JsonText('a JSON object such as {"car":{"primary":[1,1,...]}}').pipe(
  z.partialRecord(z.enum(TRAVEL_PROFILES), z.partialRecord(z.enum(ROAD_CLASS_NAMES), HourShares)),
)

const areDifferent = (texts: readonly string[]) => new Set(texts).size === texts.length

export const routingSettings = {
  ROADS: List.pipe(z.array(z.string()).max(ROADS_FILES_MAX).refine(areDifferent, 'must name each file once')).default(
    [],
  ),
  ROUTING_PROVIDERS: List.pipe(
    z.array(z.enum(ROUTING_PROVIDERS)).refine(areDifferent, { message: 'must name each provider once' }),
  ).default(['embedded']),
  ROUTING_TIMEOUT_MS: Count(50, 10_000).default(1_000),
  ROUTING_CACHE_SECONDS: Count(0, 86_400).default(300),
  OSRM_URL: ServiceUrl.optional(),
  OSRM_PROFILES: ProfileNames.default({ car: 'driving' }),
  MAPBOX_URL: ServiceUrl.default('https://api.mapbox.com'),
  MAPBOX_ACCESS_TOKEN: Token.optional(),
  MAPBOX_TRAFFIC: Flag.default(false),
  GOOGLE_ROUTES_URL: ServiceUrl.default('https://routes.googleapis.com'),
  GOOGLE_MAPS_API_KEY: Token.optional(),
  GOOGLE_TRAFFIC: Flag.default(false),
  LIVE_SPEEDS: Flag.default(true),
  SPEED_FACTORS: SpeedFactors.default({}),
  TRAVEL_SPEED_MPS: z.coerce.number().positive().max(60).default(7),
  GEOCODER: z.enum(GEOCODERS).optional(),
  GEOCODER_URL: ServiceUrl.optional(),
  GEOCODER_COUNTRIES: List.pipe(
    z.array(z.string().regex(/^[a-z]{2}$/, 'must be two-letter codes, such as se')),
  ).default([]),
  GEOCODER_TIMEOUT_MS: Count(100, 10_000).default(2_500),
  GEOCODER_PER_SECOND: z.coerce.number().positive().max(1_000).optional(),
}

const Settings = z.object(routingSettings)
type Settings = z.output<typeof Settings>

/** What is wrong with them beside each other, in a process that asks by itself. */
export const faultsOfRouting = (settings: Settings): string[] => {
  const { ROUTING_PROVIDERS: providers, GEOCODER } = settings
  const needs = (name: keyof Settings, because: string) =>
    settings[name] === undefined ? [`${name}: is required with ${because}`] : []
  return [
    ...(providers.includes('osrm') ? needs('OSRM_URL', 'osrm in ROUTING_PROVIDERS') : []),
    ...(providers.includes('mapbox') ? needs('MAPBOX_ACCESS_TOKEN', 'mapbox in ROUTING_PROVIDERS') : []),
    ...(providers.includes('google') ? needs('GOOGLE_MAPS_API_KEY', 'google in ROUTING_PROVIDERS') : []),
    ...(GEOCODER === 'mapbox' && !providers.includes('mapbox') ? needs('MAPBOX_ACCESS_TOKEN', 'GEOCODER=mapbox') : []),
  ]
}
