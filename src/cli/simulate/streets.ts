import { z } from 'zod'
import type { LatLng } from '#core/geo'
import { type Drive, lineAlong, straightLine } from './line.ts'
import { SPEED_MPS, secondsStraight, type WayTo } from './motion.ts'
import type { Random } from './random.ts'
import { refused, type VehicleType, type World } from './world.ts'

/** Ways along the streets that the server knows, one question a drive, by the protocol of OSRM. */

const PROFILES: Record<VehicleType, string> = { car: 'car', motorcycle: 'car', scooter: 'scooter', bike: 'bike' }

/** Two thirds of the drivers take within so much of what a route says. */
const PACE_SIGMA = 0.08
const DECIMALS = 6

export const ALONG_STREETS = 'drives along streets'
export const IN_A_STRAIGHT_LINE = 'drives in a straight line'

type Asking = Pick<World, 'http' | 'stats' | 'checks'>

export const askWays = (world: Asking, vehicle: VehicleType, random: Random): WayTo => {
  const pace = random.lognormal(1, PACE_SIGMA)
  return async (from, to) => {
    const asked = await askRoute(world, PROFILES[vehicle], from, to)
    if ('why' in asked) {
      // Counted by its reason, so that a server that has lost its roads is seen in the report.
      world.stats.count(`${IN_A_STRAIGHT_LINE}: ${asked.why}`)
      return straightLine(from, to, secondsStraight(from, to, vehicle) * pace)
    }
    world.stats.count(ALONG_STREETS)
    return lineAlong(asked.drive, from, to, { pace, offStreetMps: SPEED_MPS[vehicle] })
  }
}

const Answer = z
  .object({
    code: z.literal('Ok'),
    routes: z
      .array(
        z.object({
          duration: z.number().min(0),
          geometry: z.object({ coordinates: z.array(z.tuple([z.number(), z.number()])).min(2) }),
          legs: z.array(z.object({ annotation: z.object({ duration: z.array(z.number().min(0)) }) })).length(1),
        }),
      )
      .min(1),
  })
  .transform(({ routes }) => driveOf(routes[0]!))
  .refine(({ points, pieceSeconds }) => pieceSeconds.length === points.length - 1)

type OsrmRoute = {
  duration: number
  geometry: { coordinates: [number, number][] }
  legs: { annotation: { duration: number[] } }[]
}

const driveOf = ({ duration, geometry, legs }: OsrmRoute): Drive => ({
  points: geometry.coordinates.map(([lng, lat]) => ({ lat, lng })),
  pieceSeconds: legs[0]!.annotation.duration,
  durationSeconds: duration,
})

const askRoute = async (
  world: Asking,
  profile: string,
  from: LatLng,
  to: LatLng,
): Promise<{ drive: Drive } | { why: string }> => {
  const reply = await world.http.send<unknown>({
    method: 'GET',
    template: '/routing/route/v1/:profile/:places',
    params: { profile, places: [from, to].map(placeText).join(';') },
    query: { overview: 'full', geometries: 'geojson', annotations: 'duration' },
    // Whoever gets no answer drives all the same.
    retry: false,
  })
  if (reply.status === 200) {
    const { data } = Answer.safeParse(reply.body)
    if (data) return { drive: data }
    refused(world, `a route for a ${profile}`, { ...reply, slug: 'of another shape' })
    return { why: 'not understood' }
  }
  const code = z.object({ code: z.string() }).safeParse(reply.body).data?.code
  return { why: code ?? (reply.slug || String(reply.status)) }
}

const placeText = ({ lat, lng }: LatLng) => `${lng.toFixed(DECIMALS)},${lat.toFixed(DECIMALS)}`
