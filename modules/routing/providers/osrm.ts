import type { TravelProfile } from '#core/routing-settings'
import { cellsOf, indexesOf, meaningOf, pathOf, RouteAnswer, TableAnswer, wayOf } from './osrm-answers.ts'
import type { Provider } from './provider.ts'
import { ask } from './request.ts'

/** What osrm-routed takes unless told otherwise, as the square of 100 places; and what fits in one address. */
const TABLE_CELLS_MAX = 10_000
const TABLE_PLACES_MAX = 200

export type OsrmSettings = { url: string; profiles: Partial<Record<TravelProfile, string>> }

/** An OSRM server, by its HTTP protocol version 1. It has the profiles that it was prepared with and no other. */
export const osrmProvider = ({ url, profiles }: OsrmSettings): Provider => ({
  name: 'osrm',
  serves: (profile) => profiles[profile] !== undefined,
  limits: () => ({ placesMax: TABLE_PLACES_MAX, cellsMax: TABLE_CELLS_MAX }),
  mayKeep: true,
  table: async (question, signal) => {
    const { origins, destinations, profile, withDistances } = question
    const query = new URLSearchParams({
      ...indexesOf(question),
      annotations: withDistances ? 'duration,distance' : 'duration',
    })
    const answer = await ask({
      name: 'osrm',
      url: `${url}/table/v1/${profiles[profile]}/${pathOf([...origins, ...destinations])}?${query}`,
      signal,
      answer: TableAnswer,
      meaning: meaningOf('osrm'),
    })
    return cellsOf('osrm', question, answer)
  },
  route: async ({ from, to, profile, withGeometry }, signal) => {
    const query = withGeometry ? 'overview=full&geometries=polyline6' : 'overview=false'
    const answer = await ask({
      name: 'osrm',
      url: `${url}/route/v1/${profiles[profile]}/${pathOf([from, to])}?${query}`,
      signal,
      answer: RouteAnswer,
      meaning: meaningOf('osrm'),
    })
    return wayOf('osrm', answer, withGeometry)
  },
})
