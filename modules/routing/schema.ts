import { z } from 'zod'
import { Position } from '#core/schema'
import { PROFILES } from './graph/road-graph.ts'

export const ISOCHRONE_MINUTES_MAX = 60
export const ISOCHRONES_MAX = 6

const Degrees = (max: number) => z.coerce.number().min(-max).max(max)

const place = { lat: Degrees(90), lng: Degrees(180) }

/** `5,10,15`, as numbers. Elysia takes a value with commas apart before it comes here. */
const Minutes = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => String(given))
  .pipe(z.string().regex(/^\d{1,3}(\.\d)?(,\d{1,3}(\.\d)?)*$/, 'must be minutes with commas between, such as 5,10,15'))
  .transform((text) => text.split(',').map(Number))
  .pipe(z.array(z.number().positive().max(ISOCHRONE_MINUTES_MAX)).max(ISOCHRONES_MAX))

export const IsochroneQuery = z.object({
  profile: z.enum(PROFILES).default('car'),
  ...place,
  minutes: Minutes.describe(`Up to ${ISOCHRONES_MAX} numbers up to ${ISOCHRONE_MINUTES_MAX}, with commas between.`),
})

const Ring = z.array(z.tuple([z.number(), z.number()]))

export const Isochrones = z
  .object({
    type: z.literal('FeatureCollection'),
    features: z.array(
      z.object({
        type: z.literal('Feature'),
        properties: z.object({ minutes: z.number() }),
        geometry: z.object({ type: z.literal('MultiPolygon'), coordinates: z.array(z.array(Ring)) }),
      }),
    ),
  })
  .meta({
    description: 'GeoJSON: an area for each time, the smallest first.',
    examples: [
      {
        type: 'FeatureCollection',
        features: [
          {
            type: 'Feature',
            properties: { minutes: 5 },
            geometry: {
              type: 'MultiPolygon',
              coordinates: [
                [
                  [
                    [11.96, 57.69],
                    [11.98, 57.69],
                    [11.97, 57.71],
                    [11.96, 57.69],
                  ],
                ],
              ],
            },
          },
        ],
      },
    ],
  })

export const ReverseQuery = z.object(place)

export const NearestStreet = z
  .object({ street: z.string(), distanceMeters: z.number(), location: Position })
  .meta({ examples: [{ street: 'Vasagatan', distanceMeters: 12.4, location: { lat: 57.7, lng: 11.97 } }] })
