import { Elysia } from 'elysia'
import { jsonText } from '#core/http'
import { parametersOf } from '#core/openapi-document'
import { Problem, problems } from '#core/problem'
import { countUse, memoryRateStore, type RateLimit } from '#core/rate-limit'
import { clientAddress } from '#core/session'
import { PROFILES, type Profile } from './graph/road-graph.ts'
import { isochronesOf } from './isochrone/isochrone.ts'
import { type Question, questionOf } from './osrm/question.ts'
import { Refusal } from './osrm/refusal.ts'
import * as osrm from './osrm/schema.ts'
import { routerFor } from './roads.ts'
import * as schema from './schema.ts'
import { nearestStreet } from './street.ts'

const PREFIX = '/routing'

const REQUESTS: RateLimit = { name: 'routing', max: 600, windowSeconds: 60 }
const LARGE_REQUESTS: RateLimit = { name: 'routing-large', max: 30, windowSeconds: 60 }
/** Each process counts for itself: to ask a store that all share would take longer than most routes. */
const uses = memoryRateStore()

const countRequest = async (address: string, isLarge: boolean) => {
  await countUse(REQUESTS, address, { within: uses })
  if (isLarge) await countUse(LARGE_REQUESTS, address, { within: uses })
}

type Asked = {
  request: Request
  server: Parameters<typeof clientAddress>[1]
  set: Parameters<typeof jsonText>[0] & { status?: number | string }
}

/** Reads the URL as it was sent: Elysia's own reading costs time, and would answer a malformed one with a problem. */
const answerOsrm = async ({ request, server, set }: Asked) => {
  const { url } = request
  let question: Question
  try {
    question = questionOf(url.slice(url.indexOf(PREFIX, url.indexOf('/', 'https://'.length)) + PREFIX.length))
    await countRequest(clientAddress(request, server), question.isLarge)
    return jsonText(set, question.answer(routerFor))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    set.status = 400
    return { code: error.code, message: error.message } as never
  }
}

const refusals = { 400: osrm.RefusalAnswer, ...problems(429) }
const pathParameters = parametersOf(osrm.OsrmPath, 'path')

const osrmRoutes = new Elysia()
  .get('/route/v1/:profile/:coordinates', answerOsrm, {
    response: { 200: osrm.RouteAnswer, ...refusals },
    detail: {
      summary: 'The best way through some places, as OSRM answers it',
      parameters: [...pathParameters, ...parametersOf(osrm.RouteQuery, 'query')] as never,
    },
  })
  .get('/table/v1/:profile/:coordinates', answerOsrm, {
    response: { 200: osrm.TableAnswer, ...refusals },
    detail: {
      summary: 'Travel times between many places, as OSRM answers them',
      parameters: [...pathParameters, ...parametersOf(osrm.TableQuery, 'query')] as never,
    },
  })
  .get('/match/v1/:profile/:coordinates', answerOsrm, {
    response: { 200: osrm.MatchAnswer, ...refusals },
    detail: {
      summary: 'The way that fixes were made on, as OSRM answers it',
      parameters: [...pathParameters, ...parametersOf(osrm.MatchQuery, 'query')] as never,
    },
  })
  .get('/nearest/v1/:profile/:coordinates', answerOsrm, {
    response: { 200: osrm.NearestAnswer, ...refusals },
    detail: {
      summary: 'The nearest roads to a place, as OSRM answers them',
      parameters: [...pathParameters, ...parametersOf(osrm.NearestQuery, 'query')] as never,
    },
  })
  // Services, versions and shapes that are none: told in the words of the protocol as well.
  .get('/*', answerOsrm, { detail: { hide: true } })

const ownRoutes = new Elysia()
  .get(
    '/isochrone',
    async ({ query, request, server }) => {
      await countRequest(clientAddress(request, server), true)
      const features = isochronesOf(routerAt([query.profile], query), query, query.minutes)
      if (!features) throw noRoads()
      return { type: 'FeatureCollection' as const, features }
    },
    {
      query: schema.IsochroneQuery,
      response: { 200: schema.Isochrones, ...problems(400, 404, 422, 429) },
      detail: { summary: 'Where one can be within some minutes' },
    },
  )
  .get(
    '/reverse',
    async ({ query, request, server }) => {
      await countRequest(clientAddress(request, server), false)
      const street = nearestStreet(routerAt(PROFILES, query), query)
      if (!street) throw new Problem(404, 'street-not-found', 'There is no street with a name near this place.')
      return street
    },
    {
      query: schema.ReverseQuery,
      response: { 200: schema.NearestStreet, ...problems(400, 404, 422, 429) },
      detail: { summary: 'The street that a place lies at' },
    },
  )

/** The roads of the first profile that has any around a place. */
const routerAt = (profiles: readonly Profile[], { lat, lng }: { lat: number; lng: number }) => {
  for (const profile of profiles) {
    const router = routerFor(profile, [{ lat, lng }])
    if (router) return router
  }
  throw noRoads()
}

const noRoads = () => new Problem(404, 'roads-not-found', 'There are no roads here that we know.')

/** Ways on real roads, for everybody: the OSRM HTTP protocol, with its own errors, and two routes of our own. */
export const routingRoutes = new Elysia({ prefix: PREFIX, tags: ['routing'] }).use(ownRoutes).use(osrmRoutes)
