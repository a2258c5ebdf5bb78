import type { LatLng } from '#core/geo'
import type { Profile } from '../graph/road-graph.ts'
import { decodeLine, type Precision } from './polyline.ts'
import { malformedQuery, Refusal } from './refusal.ts'

/** More than any service takes: what is longer is not even read. */
export const COORDINATES_MAX = 5_000

/** What a request asks, as far as all services have it in common. */
export type OsrmUrl = {
  service: string
  profile: Profile
  coordinates: readonly LatLng[]
  /** What follows the question mark, still encoded, and where it begins. */
  query: string
  queryAt: number
}

/** OSRM serves whatever profile its data was made with under any name; we serve several, so a name must be known. */
const PROFILE_NAMES: Record<string, Profile> = {
  car: 'car',
  driving: 'car',
  bike: 'bike',
  bicycle: 'bike',
  cycling: 'bike',
  foot: 'foot',
  walking: 'foot',
  scooter: 'scooter',
}

export const SERVICES = ['route', 'table', 'nearest', 'match'] as const

const SHAPE = /^\/([a-z]+)\/(v\d+)\/([A-Za-z0-9_-]+)\/(.+)$/s

/** Reads `/{service}/{version}/{profile}/{coordinates}[.json][?options]`. */
export const parseUrl = (target: string): OsrmUrl => {
  const question = target.indexOf('?')
  const path = question < 0 ? target : target.slice(0, question)
  const parts = SHAPE.exec(decoded(path) ?? '')
  if (!parts) throw new Refusal('InvalidUrl', `URL string malformed close to position 1: "${shown(path)}"`)
  const [, service, version, profileName, places] = parts as unknown as [string, string, string, string, string]
  if (!(SERVICES as readonly string[]).includes(service)) {
    throw new Refusal('InvalidService', `Service ${shown(service)} not found!`)
  }
  if (version !== 'v1') throw new Refusal('InvalidVersion', `Service ${service} has no version ${shown(version)}!`)
  const profile = Object.hasOwn(PROFILE_NAMES, profileName) ? PROFILE_NAMES[profileName] : undefined
  if (!profile) {
    throw new Refusal('InvalidOptions', `There is no such profile: one of ${Object.keys(PROFILE_NAMES).join(', ')}`)
  }
  const placesAt = path.length - places.length
  return {
    service,
    profile,
    coordinates: parseCoordinates(withoutFormat(places, placesAt), placesAt),
    query: question < 0 ? '' : target.slice(question + 1),
    queryAt: path.length + 1,
  }
}

const SHOWN_CHARACTERS_MAX = 80
const shown = (text: string) => text.slice(0, SHOWN_CHARACTERS_MAX)

export const decoded = (text: string): string | undefined => {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const withoutFormat = (places: string, at: number) => {
  const format = /\.([a-z]+)$/.exec(places)?.[1]
  if (format === undefined) return places
  if (format === 'flatbuffers') throw new Refusal('NotImplemented', 'Answers are JSON only.')
  if (format !== 'json') throw malformedQuery(at)
  return places.slice(0, -'.json'.length)
}

const parseCoordinates = (text: string, at: number): LatLng[] => {
  // A URL's parser turns the backslash of a polyline into a slash, which no polyline has.
  const line = /^polyline(6?)\((.*)\)$/s.exec(text)
  const coordinates = line
    ? decodeLine(line[2]!.replaceAll('/', '\\'), (line[1] ? 6 : 5) satisfies Precision, COORDINATES_MAX)
    : parseList(text, at)
  if (!coordinates || coordinates.length === 0) throw malformedQuery(at)
  for (const { lat, lng } of coordinates) {
    if (!(Math.abs(lat) <= 90 && Math.abs(lng) <= 180)) throw new Refusal('InvalidValue', 'Invalid coordinate value.')
  }
  return coordinates
}

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i

const parseList = (text: string, at: number): LatLng[] => {
  const pairs = text.split(';', COORDINATES_MAX)
  let position = at
  return pairs.map((pair) => {
    const comma = pair.indexOf(',')
    const lng = pair.slice(0, comma)
    const lat = pair.slice(comma + 1)
    if (comma < 0 || !NUMBER.test(lng) || !NUMBER.test(lat)) throw malformedQuery(position)
    position += pair.length + 1
    return { lat: Number(lat), lng: Number(lng) }
  })
}
