/**
 * Motor vehicles. The rules and figures are those of OSRM 6.0's car profile (profiles/car.lua and lib/way_handlers.lua of
 * Project-OSRM/osrm-backend), so that durations can be held against that server; a scooter differs by its Vehicle.
 */
import type { Tags } from '../osm-data'
import { type Both, directed, firstOf } from './directed'
import { durationSeconds, heightMeters, kilograms, leadingNumber, meters } from './measures'
import {
  DEFAULT_KMH,
  FOR_FEET,
  FORBIDDEN,
  HIGHWAY_KMH,
  LIMIT_SHARE,
  MOVABLE_BRIDGE_KMH,
  RESTRICTED,
  ROUTE_KMH,
  SMOOTHNESS_KMH,
  SURFACE_KMH,
  TRACK_KMH,
} from './motor-tables'
import type { DirectionUse, WayUse } from './rules'
import { speedLimitKmh } from './speed-limits'

export type Vehicle = {
  /** Access keys, the most specific first. */
  accessKeys: readonly string[]
  onewayKeys: readonly string[]
  heightMeters: number
  widthMeters: number
  lengthMeters: number
  weightKilograms: number
  kmhMax: number
  /** Highways that are not for it whatever their access says, unless a key of its own does. */
  forbiddenHighways: ReadonlySet<string>
}

const FORBIDDEN_SERVICES = new Set(['emergency_access'])
const CONSTRUCTION_OPEN = new Set(['no', 'widening', 'minor'])
const DISLIKED_SERVICES = new Set(['alley', 'parking', 'parking_aisle', 'driveway', 'drive-through', 'drive-thru'])

const DISLIKED_SHARE = 0.5
const ALTERNATING_SHARE = 0.4
const SIDE_ROAD_SHARE = 0.8
const NARROW_METERS = 3

export const motorWay = (tags: Tags, vehicle: Vehicle): WayUse | undefined => {
  const highway = tags.get('highway')
  const route = tags.get('route')
  if ((!highway && !route) || isBlocked(tags, highway)) return
  const access = directed(tags, vehicle.accessKeys)
  const restricted = eachWay((side) => RESTRICTED.has(access[side] ?? '') && highway! in HIGHWAY_KMH)
  const open = eachWay((side) => !FORBIDDEN.has(access[side] ?? '') || restricted[side])
  keepOneway(tags, vehicle, highway, open)
  if (FORBIDDEN_SERVICES.has(tags.get('service') ?? '')) return
  keepSize(tags, vehicle, open)
  const isRoute = route !== undefined && route in ROUTE_KMH
  if (isKept(tags, vehicle, highway)) return
  if (tags.get('hov') === 'designated') restricted.forward = restricted.backward = true
  const kmh = isRoute ? both(ROUTE_KMH[route]!) : speedByKind(tags, vehicle, highway, access)
  limitSpeed(tags, vehicle, kmh, isRoute)
  const share = likedShare(tags, open)
  const use = (side: keyof Both<unknown>): DirectionUse | undefined =>
    open[side] && kmh[side] > 0
      ? { kmh: kmh[side], weightKmh: kmh[side] * share, isRestricted: restricted[side], isPushed: false }
      : undefined
  const forward = use('forward')
  const backward = use('backward')
  if (!forward && !backward) return
  return { forward, backward, durationSeconds: isRoute ? (durationSeconds(tags.get('duration')) ?? 0) : 0 }
}

const both = <T>(value: T): Both<T> => ({ forward: value, backward: value })
const eachWay = <T>(of: (side: keyof Both<T>) => T): Both<T> => ({ forward: of('forward'), backward: of('backward') })

const isBlocked = (tags: Tags, highway: string | undefined): boolean => {
  const construction = tags.get('construction')
  return (
    tags.get('area') === 'yes' ||
    highway === 'steps' ||
    highway === 'construction' ||
    highway === 'proposed' ||
    tags.get('railway') === 'construction' ||
    (construction !== undefined && !CONSTRUCTION_OPEN.has(construction)) ||
    tags.get('proposed') !== undefined ||
    tags.get('oneway') === 'reversible' ||
    tags.get('impassable') === 'yes' ||
    tags.get('status') === 'impassable'
  )
}

/** Whether a kind of road is kept from the vehicle, and no key of its own lets it in. */
const isKept = (tags: Tags, vehicle: Vehicle, highway: string | undefined): boolean => {
  const isForbidden = vehicle.forbiddenHighways.has(highway ?? '')
  const isMotorroad = vehicle.forbiddenHighways.has('motorway') && tags.get('motorroad') === 'yes'
  if (!isForbidden && !isMotorroad) return false
  return !['yes', 'designated', 'permissive'].includes(tags.get(vehicle.accessKeys[0]!) ?? '')
}

const keepOneway = (tags: Tags, vehicle: Vehicle, highway: string | undefined, open: Both<boolean>) => {
  const oneway = firstOf(tags, vehicle.onewayKeys)
  const junction = tags.get('junction')
  if (oneway === '-1') open.forward = false
  else if (oneway === 'yes' || oneway === '1' || oneway === 'true') open.backward = false
  else if (oneway !== 'no' && (highway === 'motorway' || junction === 'roundabout' || junction === 'circular')) {
    open.backward = false
  }
}

const keepSize = (tags: Tags, vehicle: Vehicle, open: Both<boolean>) => {
  const height = directed(tags, ['maxheight:physical', 'maxheight'])
  const width = directed(tags, ['maxwidth:physical', 'maxwidth', 'width', 'est_width'])
  const length = directed(tags, ['maxlength'])
  const weight = directed(tags, ['maxweight'])
  for (const side of ['forward', 'backward'] as const) {
    const fits =
      heightMeters(height[side]) >= vehicle.heightMeters &&
      (meters(width[side]) ?? Infinity) > vehicle.widthMeters &&
      (meters(length[side]) ?? Infinity) >= vehicle.lengthMeters &&
      (kilograms(weight[side]) ?? Infinity) >= vehicle.weightKilograms
    if (!fits) open[side] = false
  }
}

/**
 * A way of another kind is driven slowly, where access says that it may be. Other than in OSRM, `access=yes` alone does not
 * open to motors what is built for feet.
 */
const speedByKind = (
  tags: Tags,
  vehicle: Vehicle,
  highway: string | undefined,
  access: Both<string | undefined>,
): Both<number> => {
  if (tags.get('bridge') === 'movable') return both(MOVABLE_BRIDGE_KMH)
  const kmh = HIGHWAY_KMH[highway ?? '']
  if (kmh) return both(kmh)
  if (FOR_FEET.has(highway ?? '') && isGeneral(tags, vehicle)) return both(0)
  return eachWay((side) => (access[side] !== undefined && !FORBIDDEN.has(access[side]) ? DEFAULT_KMH : 0))
}

/** Whether no key of access but the most general says anything. */
const isGeneral = (tags: Tags, vehicle: Vehicle): boolean =>
  vehicle.accessKeys.every(
    (key) => key === 'access' || Object.values(directed(tags, [key])).every((one) => one === undefined),
  )

const limitSpeed = (tags: Tags, vehicle: Vehicle, kmh: Both<number>, isRoute: boolean) => {
  const limit = directed(tags, ['maxspeed:advisory', 'maxspeed', 'source:maxspeed', 'maxspeed:type'])
  const rough = Math.min(
    SURFACE_KMH[tags.get('surface') ?? ''] ?? Infinity,
    TRACK_KMH[tags.get('tracktype') ?? ''] ?? Infinity,
    SMOOTHNESS_KMH[tags.get('smoothness') ?? ''] ?? Infinity,
  )
  for (const side of ['forward', 'backward'] as const) {
    if (kmh[side] === 0) continue
    const limited = isRoute ? 0 : speedLimitKmh(limit[side]) * LIMIT_SHARE
    kmh[side] = Math.min(limited || kmh[side], rough, vehicle.kmhMax)
  }
}

/** Less than 1 for roads that are better left alone. */
const likedShare = (tags: Tags, open: Both<boolean>): number => {
  const isNarrow =
    (leadingNumber(tags.get('width')) ?? Infinity) <= NARROW_METERS ||
    ((leadingNumber(tags.get('lanes')) ?? Infinity) <= 1 && open.forward && open.backward)
  return Math.min(
    DISLIKED_SERVICES.has(tags.get('service') ?? '') || isNarrow ? DISLIKED_SHARE : 1,
    tags.get('oneway') === 'alternating' ? ALTERNATING_SHARE : 1,
    ['yes', 'rotary'].includes(tags.get('side_road') ?? '') ? SIDE_ROAD_SHARE : 1,
  )
}

const TURN_SECONDS = 7.5
const TURN_BIAS = 1.075

/** A sigmoid that reaches TURN_SECONDS at a half turn, later for turns to the near side. */
export const motorTurnSeconds = (angle: number, isLeftHand: boolean): number => {
  const bias = angle >= 0 !== isLeftHand ? TURN_BIAS : 1 / TURN_BIAS
  return TURN_SECONDS / (1 + Math.exp(-((13 / bias) * (Math.abs(angle) / 180) - 6.5 * bias)))
}
