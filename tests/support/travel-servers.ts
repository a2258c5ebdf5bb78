import type { LatLng } from '#core/geo'
import {
  isAtSea,
  isThereAWay,
  metersBetween,
  Refusal,
  type Seen,
  secondsBetween,
  startTravelServer,
} from './travel-world'

/** Local servers that speak the documented protocols of routing providers, and take nothing that those would not. */

const COORDINATE = /^-?\d{1,3}(\.\d{1,6})?,-?\d{1,2}(\.\d{1,6})?$/

const placesOf = (text: string, bad: (why: string) => Refusal): LatLng[] => {
  const parts = text.split(';')
  if (!parts.every((part) => COORDINATE.test(part))) throw bad('coordinates')
  return parts.map((part) => {
    const [lng, lat] = part.split(',').map(Number)
    return { lat: lat!, lng: lng! }
  })
}

const chosen = (places: LatLng[], list: string | null, bad: (why: string) => Refusal): LatLng[] => {
  if (list === null || list === 'all') return places
  return list.split(';').map((index) => {
    const place = /^\d+$/.test(index) ? places[Number(index)] : undefined
    if (!place) throw bad('sources or destinations')
    return place
  })
}

const onlyKnown = (search: URLSearchParams, known: string[], bad: (why: string) => Refusal) => {
  const unknown = [...search.keys()].find((name) => !known.includes(name))
  if (unknown) throw bad(`unknown option ${unknown}`)
}

/** Two decimals of a line from corner to corner, as polyline with the precision given. */
export const encodeLine = (points: LatLng[], precision: number): string => {
  let [text, lat, lng] = ['', 0, 0]
  const put = (delta: number) => {
    let value = delta < 0 ? ~(delta << 1) : delta << 1
    for (; value >= 32; value >>>= 5) text += String.fromCharCode(((value & 31) | 32) + 63)
    text += String.fromCharCode(value + 63)
  }
  for (const point of points) {
    const [nextLat, nextLng] = [Math.round(point.lat * precision), Math.round(point.lng * precision)]
    put(nextLat - lat)
    put(nextLng - lng)
    ;[lat, lng] = [nextLat, nextLng]
  }
  return text
}

const lineOf = (from: LatLng, to: LatLng) => [from, { lat: to.lat, lng: from.lng }, to]

const route = (from: LatLng, to: LatLng, search: URLSearchParams, bad: (why: string) => Refusal) => {
  onlyKnown(search, ['overview', 'geometries', 'steps', 'alternatives', 'access_token'], bad)
  const wantsLine = search.get('overview') === 'full'
  if (wantsLine && search.get('geometries') !== 'polyline6') throw bad('geometries')
  return {
    code: 'Ok',
    routes: [
      {
        duration: secondsBetween(from, to),
        distance: metersBetween(from, to),
        ...(wantsLine && { geometry: encodeLine(lineOf(from, to), 1e6) }),
        legs: [],
        weight_name: 'routability',
      },
    ],
    waypoints: [],
  }
}

const table = (places: LatLng[], search: URLSearchParams, bad: (why: string) => Refusal) => {
  onlyKnown(search, ['sources', 'destinations', 'annotations', 'access_token'], bad)
  const sources = chosen(places, search.get('sources'), bad)
  const destinations = chosen(places, search.get('destinations'), bad)
  const wanted = (search.get('annotations') ?? 'duration').split(',')
  if (wanted.some((one) => one !== 'duration' && one !== 'distance')) throw bad('annotations')
  const cells = (measure: typeof secondsBetween) =>
    sources.map((from) => destinations.map((to) => (isThereAWay(from, to) ? measure(from, to) : null)))
  return {
    code: 'Ok',
    ...(wanted.includes('duration') && { durations: cells(secondsBetween) }),
    ...(wanted.includes('distance') && { distances: cells(metersBetween) }),
    sources: [],
    destinations: [],
  }
}

/** osrm-routed: every refusal is a 400 with its code. It has the one profile it was prepared with, whatever it is called. */
export const startOsrm = () => {
  const no = (code: string, message: string) => new Refusal(400, { code, message })
  /** What it says of places, which is no fault of who asks. */
  const none = (code: string) => new Refusal(400, { code, message: 'as documented' }, true)
  return startTravelServer(({ path, search }) => {
    const bad = (why: string) => no('InvalidOptions', why)
    const [, service, version, profile, coordinates] = path.match(/^\/(route|table)\/(v\d)\/(\w+)\/([^/]+)$/) ?? []
    if (!service || version !== 'v1' || profile !== 'driving') throw no('InvalidUrl', path)
    const places = placesOf(coordinates!, bad)
    if (places.some(isAtSea)) throw none('NoSegment')
    if (service === 'table') {
      if (places.length > 200) throw no('TooBig', 'too many table coordinates')
      return table(places, search, bad)
    }
    const [from, to] = places
    if (places.length !== 2) throw bad('two places')
    if (!isThereAWay(from!, to!)) throw none('NoRoute')
    return route(from!, to!, search, bad)
  })
}

export const MAPBOX_TOKEN = 'pk.a-token-that-nobody-may-read'
export const GOOGLE_KEY = 'AIza-a-key-that-nobody-may-read'

/** Mapbox: no way and no road are answers with status 200. */
export const startMapbox = () =>
  startTravelServer(({ path, search }, method) => {
    const bad = (why: string) => new Refusal(422, { code: 'InvalidInput', message: why })
    if (method !== 'GET') throw bad('method')
    if (search.get('access_token') !== MAPBOX_TOKEN) {
      throw new Refusal(401, { message: `Not Authorized - Invalid Token: ${search.get('access_token')}` })
    }
    const [, api, profile, coordinates] =
      path.match(/^\/(directions\/v5|directions-matrix\/v1)\/mapbox\/([a-z-]+)\/([^/]+)$/) ?? []
    if (!['driving', 'driving-traffic', 'cycling', 'walking'].includes(profile!)) {
      throw new Refusal(404, { code: 'ProfileNotFound', message: path })
    }
    const places = placesOf(coordinates!, bad)
    const placesMax = api === 'directions-matrix/v1' && profile === 'driving-traffic' ? 10 : 25
    if (places.length < 2 || places.length > placesMax) throw bad(`${places.length} coordinates`)
    if (places.some(isAtSea))
      throw new Refusal(200, { code: 'NoSegment', message: 'Could not find a matching segment' }, true)
    if (api === 'directions-matrix/v1') return table(places, search, bad)
    const [from, to] = places
    if (!isThereAWay(from!, to!))
      throw new Refusal(200, { code: 'NoRoute', message: 'No route found', routes: [] }, true)
    return route(from!, to!, search, bad)
  })

const googleError = (code: number, status: string, message: string, reason?: string) => ({
  error: {
    code,
    message,
    status,
    ...(reason && {
      details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: 'googleapis.com' }],
    }),
  },
})

type Waypoint = { location: { latLng: { latitude: number; longitude: number } } }

/** Google Routes: a list of fields is required, only those are answered, and nought is left out. */
export const startGoogle = () =>
  startTravelServer((seen, method) => {
    const bad = (why: string) => new Refusal(400, googleError(400, 'INVALID_ARGUMENT', why))
    if (method !== 'POST') throw new Refusal(404, googleError(404, 'NOT_FOUND', 'method'))
    if (seen.search.size > 0) throw bad('parameters in the address')
    const key = seen.headers.get('x-goog-api-key')
    if (key !== GOOGLE_KEY) {
      const message = `API key not valid: ${key}. Please pass a valid API key.`
      throw new Refusal(400, googleError(400, 'INVALID_ARGUMENT', message, 'API_KEY_INVALID'))
    }
    const fields = seen.headers.get('x-goog-fieldmask')?.split(',')
    if (!fields) throw bad('FieldMask is a required parameter')
    if (seen.path === '/directions/v2:computeRoutes') return computeRoutes(seen, fields, bad)
    if (seen.path === '/distanceMatrix/v2:computeRouteMatrix') return computeRouteMatrix(seen, fields, bad)
    throw new Refusal(404, googleError(404, 'NOT_FOUND', seen.path))
  })

const placeOf = (waypoint: Waypoint | undefined, bad: (why: string) => Refusal): LatLng => {
  const { latitude, longitude } = waypoint?.location?.latLng ?? {}
  if (typeof latitude !== 'number' || typeof longitude !== 'number') throw bad('waypoint')
  return { lat: latitude, lng: longitude }
}

const checkMode = (body: { travelMode?: string; routingPreference?: string }, bad: (why: string) => Refusal) => {
  if (!['DRIVE', 'BICYCLE', 'WALK'].includes(body.travelMode ?? '')) throw bad('travelMode')
  if (body.routingPreference === undefined) return
  if (body.travelMode !== 'DRIVE') throw bad('Routing preference cannot be set for this mode')
  if (!['TRAFFIC_UNAWARE', 'TRAFFIC_AWARE'].includes(body.routingPreference)) throw bad('routingPreference')
}

const computeRoutes = ({ body }: Seen, fields: string[], bad: (why: string) => Refusal) => {
  const asked = body as Record<string, unknown> & { origin: Waypoint; destination: Waypoint }
  const known = ['origin', 'destination', 'travelMode', 'routingPreference', 'routeModifiers', 'polylineQuality']
  if (Object.keys(asked).some((name) => !known.includes(name))) throw bad('unknown field')
  if (fields.some((field) => !/^routes\.(duration|distanceMeters|polyline\.encodedPolyline)$/.test(field))) {
    throw bad('field mask')
  }
  checkMode(asked as never, bad)
  const [from, to] = [placeOf(asked.origin, bad), placeOf(asked.destination, bad)]
  if (!isThereAWay(from, to)) return {}
  const meters = metersBetween(from, to)
  return {
    routes: [
      {
        ...(fields.includes('routes.duration') && { duration: `${secondsBetween(from, to)}s` }),
        ...(fields.includes('routes.distanceMeters') && meters > 0 && { distanceMeters: meters }),
        ...(fields.includes('routes.polyline.encodedPolyline') && {
          polyline: { encodedPolyline: encodeLine(lineOf(from, to), 1e5) },
        }),
      },
    ],
  }
}

const computeRouteMatrix = ({ body }: Seen, fields: string[], bad: (why: string) => Refusal) => {
  const asked = body as { origins: { waypoint: Waypoint }[]; destinations: { waypoint: Waypoint }[] }
  const known = ['origins', 'destinations', 'travelMode', 'routingPreference']
  if (Object.keys(asked).some((name) => !known.includes(name))) throw bad('unknown field')
  const needed = ['originIndex', 'destinationIndex', 'status', 'condition', 'duration', 'distanceMeters']
  if (fields.toSorted().join() !== needed.toSorted().join()) throw bad('field mask')
  if (asked.origins.length * asked.destinations.length > 625) throw bad('Too many elements')
  checkMode(asked as never, bad)
  const elements = asked.origins.flatMap((origin, originIndex) =>
    asked.destinations.map((destination, destinationIndex) => {
      const [from, to] = [placeOf(origin.waypoint, bad), placeOf(destination.waypoint, bad)]
      const at = { ...(originIndex && { originIndex }), ...(destinationIndex && { destinationIndex }), status: {} }
      if (!isThereAWay(from, to)) return { ...at, condition: 'ROUTE_NOT_FOUND' }
      const meters = metersBetween(from, to)
      const distance = meters > 0 ? { distanceMeters: meters } : {}
      return { ...at, condition: 'ROUTE_EXISTS', duration: `${secondsBetween(from, to)}s`, ...distance }
    }),
  )
  // They come as they are found.
  return elements.toReversed()
}
