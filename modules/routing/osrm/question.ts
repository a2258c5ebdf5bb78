import type { LatLng } from '#core/geo'
import type { Profile } from '../graph/road-graph.ts'
import type { Router } from '../graph/router.ts'
import { answerMatch, readMatch } from './match.ts'
import { answerNearest, readNearest } from './nearest.ts'
import { Refusal } from './refusal.ts'
import { answerRoute, readRoute } from './route.ts'
import { answerTable, cellCount, readTable } from './table.ts'
import { type OsrmUrl, parseUrl, type SERVICES } from './url.ts'
import { noSegment } from './waypoints.ts'

/** What a request asks: read in full, and found to be answerable if the roads allow. */
export type Question = {
  /** Costs more than a map that somebody looks at asks for. */
  isLarge: boolean
  /** JSON text, or its bytes. */
  answer(routerFor: RouterFor): string | Uint8Array<ArrayBuffer>
}

export type RouterFor = (profile: Profile, places: readonly LatLng[]) => Router | undefined

const LARGE_CELL_COUNT = 10_000
const LARGE_COORDINATE_COUNT = 50

/** `target` is the path after /routing with its query. Throws Refusal. */
export const questionOf = (target: string): Question => {
  const url = parseUrl(target)
  return services[url.service as (typeof SERVICES)[number]](url)
}

/** A service more is a line here and one in SERVICES. */
const services: Record<(typeof SERVICES)[number], (url: OsrmUrl) => Question> = {
  route: (url) => {
    const options = readRoute(url)
    return {
      isLarge: url.coordinates.length > LARGE_COORDINATE_COUNT,
      answer: (routerFor) => JSON.stringify(answerRoute(routerOf(routerFor, url), url, options)),
    }
  },
  table: (url) => {
    const options = readTable(url)
    return {
      isLarge: cellCount(options, url.coordinates.length) > LARGE_CELL_COUNT,
      answer: (routerFor) => answerTable(routerOf(routerFor, url), url, options),
    }
  },
  match: (url) => {
    const options = readMatch(url)
    return {
      isLarge: url.coordinates.length > LARGE_COORDINATE_COUNT,
      answer: (routerFor) => JSON.stringify(answerMatch(routerOf(routerFor, url), url, options)),
    }
  },
  nearest: (url) => {
    const options = readNearest(url)
    return {
      isLarge: false,
      answer: (routerFor) => JSON.stringify(answerNearest(routerOf(routerFor, url), url, options)),
    }
  },
}

/**
 * Nothing is ever estimated here. A place that no city with roads of this profile covers has no segment near it; places
 * in different cities have no way between them.
 */
const routerOf = (routerFor: RouterFor, { service, profile, coordinates }: OsrmUrl): Router => {
  const router = routerFor(profile, coordinates)
  if (router) return router
  const lost = coordinates.findIndex((place) => !routerFor(profile, [place]))
  if (lost >= 0) throw noSegment(lost)
  throw service === 'table'
    ? new Refusal('NoTable', 'No table found')
    : new Refusal('NoRoute', 'Impossible route between points')
}
