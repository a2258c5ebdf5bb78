import { z } from 'zod'
import { REFUSAL_CODES } from './refusal.ts'
import { MANEUVER_TYPES, MODIFIERS } from './turn-kind.ts'

/**
 * The protocol in words for the OpenAPI document. Requests are read by url.ts and query.ts, which answer malformed ones
 * as OSRM does; answers are written as they are, and contract tests hold them against these.
 */
const Location = z.tuple([z.number(), z.number()]).describe('Longitude, latitude.')

const Waypoint = z.object({
  hint: z.string().optional(),
  distance: z.number().describe('Metres from the coordinate asked for.'),
  name: z.string(),
  location: Location,
})

const Shape = z.union([
  z.string().describe('An encoded polyline.'),
  z.object({ type: z.literal('LineString'), coordinates: z.array(Location) }),
])

const Intersection = z.object({
  location: Location,
  bearings: z.array(z.int().min(0).max(359)),
  entry: z.array(z.boolean()),
  in: z.int().optional(),
  out: z.int().optional(),
  classes: z.array(z.string()).optional(),
})

const Step = z.object({
  distance: z.number(),
  duration: z.number(),
  weight: z.number(),
  geometry: Shape,
  name: z.string(),
  ref: z.string().optional(),
  rotary_name: z.string().optional(),
  mode: z.string(),
  driving_side: z.enum(['left', 'right']),
  maneuver: z.object({
    type: z.enum(MANEUVER_TYPES),
    modifier: z.enum(MODIFIERS).optional(),
    location: Location,
    bearing_before: z.int().min(0).max(359),
    bearing_after: z.int().min(0).max(359),
    exit: z.int().min(1).optional(),
  }),
  intersections: z.array(Intersection),
})

const Leg = z.object({
  steps: z.array(Step),
  summary: z.string(),
  weight: z.number(),
  duration: z.number(),
  distance: z.number(),
  annotation: z
    .object({
      metadata: z.object({ datasource_names: z.array(z.string()) }).optional(),
      nodes: z.array(z.number()).optional(),
      distance: z.array(z.number()).optional(),
      duration: z.array(z.number()).optional(),
      datasources: z.array(z.int()).optional(),
      weight: z.array(z.number()).optional(),
      speed: z.array(z.number()).optional(),
    })
    .optional(),
})

const exampleWaypoints = [
  { distance: 1.899422, name: 'Karl Gustavsgatan', location: [11.966769, 57.698895] },
  { distance: 8.834508, name: 'Vasagatan', location: [11.97991, 57.700063] },
]

const Route = z.object({
  geometry: Shape.optional(),
  legs: z.array(Leg),
  weight_name: z.string(),
  weight: z.number(),
  duration: z.number().describe('Seconds.'),
  distance: z.number().describe('Metres.'),
})

const exampleRoute = {
  geometry: 'qff_J{xahAPd@LfBFH',
  legs: [{ steps: [], summary: '', weight: 205.2, duration: 205.2, distance: 1878.7 }],
  weight_name: 'routability',
  weight: 205.2,
  duration: 205.2,
  distance: 1878.7,
}

export const RouteAnswer = z
  .object({
    code: z.literal('Ok'),
    routes: z.array(Route),
    waypoints: z.array(Waypoint).optional(),
  })
  .meta({
    examples: [
      {
        code: 'Ok',
        routes: [exampleRoute],
        waypoints: exampleWaypoints,
      },
    ],
  })

const Matrix = z.array(z.array(z.number().nullable()))

export const TableAnswer = z
  .object({
    code: z.literal('Ok'),
    durations: Matrix.optional(),
    distances: Matrix.optional(),
    fallback_speed_cells: z.array(z.tuple([z.int(), z.int()])).optional(),
    sources: z.array(Waypoint).optional(),
    destinations: z.array(Waypoint).optional(),
  })
  .meta({
    examples: [
      {
        code: 'Ok',
        durations: [
          [0, 163.6],
          [153.6, 0],
        ],
        sources: exampleWaypoints,
        destinations: exampleWaypoints,
      },
    ],
  })

export const MatchAnswer = z
  .object({
    code: z.literal('Ok'),
    matchings: z.array(Route.extend({ confidence: z.number().min(0).max(1) })),
    tracepoints: z
      .array(
        Waypoint.extend({
          matchings_index: z.int(),
          waypoint_index: z.int().nullable(),
          alternatives_count: z.int(),
        }).nullable(),
      )
      .optional()
      .describe('One for each coordinate; null where it fits no way.'),
  })
  .meta({
    examples: [
      {
        code: 'Ok',
        matchings: [{ ...exampleRoute, confidence: 0.94 }],
        tracepoints: exampleWaypoints.map((waypoint, i) => ({
          ...waypoint,
          matchings_index: 0,
          waypoint_index: i,
          alternatives_count: 1,
        })),
      },
    ],
  })

export const NearestAnswer = z
  .object({
    code: z.literal('Ok'),
    waypoints: z.array(Waypoint.extend({ nodes: z.tuple([z.number(), z.number()]) })).optional(),
  })
  .meta({ examples: [{ code: 'Ok', waypoints: [{ nodes: [17, 4], ...exampleWaypoints[0] }] }] })

export const RefusalAnswer = z.object({ code: z.enum(REFUSAL_CODES), message: z.string() }).meta({
  description: 'A refusal in the words of the OSRM protocol. Not a problem: clients of OSRM read this.',
  examples: [{ code: 'NoSegment', message: 'Could not find a matching segment for coordinate 0' }],
})

export const OsrmPath = z.object({
  profile: z.string().describe('car (driving), bike (bicycle, cycling), foot (walking) or scooter.'),
  coordinates: z.string().describe('`lng,lat;lng,lat...`, `polyline(...)` or `polyline6(...)`; `.json` may follow.'),
})

const general = {
  bearings: z.string().optional().describe('For each coordinate: `degrees,range`.'),
  radiuses: z.string().optional().describe('For each coordinate: metres, or `unlimited`, which is as far as we look.'),
  hints: z.string().optional().describe('For each coordinate: the hint of a waypoint in an earlier answer.'),
  approaches: z.string().optional().describe('For each coordinate: `curb`, `opposite` or `unrestricted`.'),
  exclude: z.enum(['none']).optional(),
  generate_hints: z.enum(['true', 'false']).optional(),
  skip_waypoints: z.enum(['true', 'false']).optional(),
  snapping: z.enum(['default', 'any']).optional().describe('Both alike: only roads that lead on are kept.'),
}

export const RouteQuery = z.object({
  alternatives: z.string().optional().describe('`true`, `false` or a number up to 3.'),
  steps: z.enum(['true', 'false']).optional(),
  annotations: z
    .string()
    .optional()
    .describe('`true`, or some of nodes, distance, duration, datasources, weight, speed.'),
  geometries: z.enum(['polyline', 'polyline6', 'geojson']).optional(),
  overview: z.enum(['simplified', 'full', 'false']).optional(),
  continue_straight: z.enum(['default', 'true', 'false']).optional(),
  waypoints: z.string().optional().describe('Indexes of the coordinates that are waypoints; others are only passed.'),
  ...general,
})

export const MatchQuery = RouteQuery.omit({ alternatives: true, continue_straight: true }).extend({
  timestamps: z.string().optional().describe('For each coordinate: seconds since 1970, none before the last.'),
  radiuses: z.string().optional().describe('For each coordinate: metres by which it may be off (5), up to 60.'),
  bearings: z.string().optional().describe('For each coordinate: `degrees,range`; the direction of travel.'),
  gaps: z.enum(['split', 'ignore']).optional().describe('Whether a minute without a fix ends a matching.'),
  tidy: z.enum(['true', 'false']).optional().describe('Leaves out what adds nothing.'),
})

export const TableQuery = z.object({
  sources: z.string().optional().describe('Indexes of coordinates, or `all`.'),
  destinations: z.string().optional().describe('Indexes of coordinates, or `all`.'),
  annotations: z.string().optional().describe('`duration`, `distance` or `duration,distance`.'),
  fallback_speed: z.string().optional().describe('Metres a second in a straight line where there is no way.'),
  fallback_coordinate: z.enum(['input', 'snapped']).optional(),
  scale_factor: z.string().optional().describe('Durations are multiplied by it.'),
  ...general,
})

export const NearestQuery = z.object({ number: z.string().optional().describe('1 to 100.'), ...general })
