/**
 * Bicycles. Speeds and costs as in OSRM's profiles/bicycle.lua; tracktype and smoothness are our own estimates. Other than
 * there, turn restrictions are obeyed (signs that let bicycles pass are mapped), and private ways are open to whoever goes
 * to a door on them.
 */
import type { Tags } from '../osm-data'
import { type Both, directed, firstOf } from './directed'
import { walk } from './foot'
import { durationSeconds } from './measures'
import type { DirectionUse, ProfileRules, WayUse } from './rules'
import { speedLimitKmh } from './speed-limits'

const RIDING_KMH = 15
const PUSHING_KMH = 4
const STEPS_KMH = 2
const FERRY_KMH = 5
const MOVABLE_BRIDGE_KMH = 5

const HIGHWAY_KMH: Readonly<Record<string, number>> = {
  cycleway: RIDING_KMH,
  primary: RIDING_KMH,
  primary_link: RIDING_KMH,
  secondary: RIDING_KMH,
  secondary_link: RIDING_KMH,
  tertiary: RIDING_KMH,
  tertiary_link: RIDING_KMH,
  residential: RIDING_KMH,
  unclassified: RIDING_KMH,
  living_street: RIDING_KMH,
  road: RIDING_KMH,
  service: RIDING_KMH,
  track: 12,
  path: 13,
}

/** Roads with fast cars are chosen as if they were that much slower, unless a cycleway runs along. */
const UNSAFE_SHARE: Readonly<Record<string, number>> = {
  primary: 0.5,
  primary_link: 0.5,
  secondary: 0.65,
  secondary_link: 0.65,
  tertiary: 0.8,
  tertiary_link: 0.8,
}
const ALLEY_SHARE = 0.5

const SURFACE_KMH: Readonly<Record<string, number>> = {
  wood: 10,
  'cobblestone:flattened': 10,
  paving_stones: 10,
  compacted: 10,
  fine_gravel: 10,
  sett: 9,
  cobblestone: 7,
  unpaved: 6,
  gravel: 6,
  pebblestone: 6,
  grass_paver: 6,
  ground: 6,
  dirt: 6,
  earth: 6,
  grass: 6,
  mud: 3,
  sand: 3,
  woodchips: 3,
}

const TRACK_KMH: Readonly<Record<string, number>> = { grade2: 12, grade3: 10, grade4: 8, grade5: 6 }

const SMOOTHNESS_KMH: Readonly<Record<string, number>> = {
  bad: 10,
  very_bad: 6,
  horrible: 4,
  very_horrible: 3,
  impassable: 0,
}

const ACCESS_KEYS = ['bicycle', 'vehicle', 'access']
const ALLOWED = new Set(['yes', 'permissive', 'designated', 'official'])
const FORBIDDEN = new Set(['no', 'agricultural', 'forestry', 'use_sidepath', 'dismount'])
const RESTRICTED = new Set(['private', 'delivery', 'destination', 'customers'])
const CYCLEWAYS = new Set([
  'track',
  'lane',
  'share_busway',
  'sharrow',
  'shared',
  'shared_lane',
  'opposite',
  'opposite_lane',
  'opposite_track',
])

const bikeWay = (tags: Tags): WayUse | undefined => {
  const highway = tags.get('highway') ?? ''
  if (highway === 'construction' || highway === 'proposed' || tags.get('impassable') === 'yes') return
  if (tags.get('route') === 'ferry') return ferry(tags)
  const ridden = riding(tags, highway)
  const pushed = ridden.forward && ridden.backward ? undefined : pushing(tags, highway)
  const use = { forward: ridden.forward ?? pushed?.forward, backward: ridden.backward ?? pushed?.backward }
  return use.forward || use.backward ? { ...use, durationSeconds: 0 } : undefined
}

const ferry = (tags: Tags): WayUse | undefined => {
  const access = firstOf(tags, ACCESS_KEYS) ?? ''
  if (FORBIDDEN.has(access) && access !== 'dismount') return
  const use = { kmh: FERRY_KMH, weightKmh: FERRY_KMH, isRestricted: RESTRICTED.has(access), isPushed: false }
  return { forward: use, backward: use, durationSeconds: durationSeconds(tags.get('duration')) ?? 0 }
}

const riding = (tags: Tags, highway: string): Both<DirectionUse | undefined> => {
  const access = directed(tags, ACCESS_KEYS)
  const open = openDirections(tags)
  const limit = directed(tags, ['maxspeed'])
  const beside = cyclewaysBeside(tags)
  const rough = Math.min(
    SURFACE_KMH[tags.get('surface') ?? ''] ?? Infinity,
    TRACK_KMH[tags.get('tracktype') ?? ''] ?? Infinity,
    SMOOTHNESS_KMH[tags.get('smoothness') ?? ''] ?? Infinity,
  )
  const share = tags.get('service') === 'alley' ? ALLEY_SHARE : 1
  const use = (side: keyof Both<unknown>): DirectionUse | undefined => {
    const isAllowed = ALLOWED.has(access[side] ?? '')
    // A generic access=yes opens no motorway to bicycles.
    const isOpened = isAllowed && (tags.get('bicycle') !== undefined || highway !== 'motorway')
    const kind = tags.get('bridge') === 'movable' ? MOVABLE_BRIDGE_KMH : HIGHWAY_KMH[highway]
    const kmh = Math.min(kind ?? (isOpened && highway ? RIDING_KMH : 0), rough, speedLimitKmh(limit[side]) || Infinity)
    if (!open[side] || FORBIDDEN.has(access[side] ?? '') || kmh <= 0) return
    const safe = beside[side] ? 1 : (UNSAFE_SHARE[highway] ?? 1)
    return {
      kmh,
      weightKmh: kmh * Math.min(share, safe),
      isRestricted: RESTRICTED.has(access[side] ?? ''),
      isPushed: false,
    }
  }
  return { forward: use('forward'), backward: use('backward') }
}

/** One-ways, and the exceptions for bicycles. */
const openDirections = (tags: Tags): Both<boolean> => {
  const own = tags.get('oneway:bicycle')
  const oneway = own ?? tags.get('oneway')
  const isYes = oneway === 'yes' || oneway === '1' || oneway === 'true'
  const isRound = ['roundabout', 'circular'].includes(tags.get('junction') ?? '') && oneway !== 'no'
  const isOpposite = own === undefined && hasOppositeCycleway(tags)
  return { forward: oneway !== '-1' || isOpposite, backward: isOpposite || !(isYes || isRound) }
}

const SIDES = ['cycleway', 'cycleway:left', 'cycleway:right', 'cycleway:both']

const hasOppositeCycleway = (tags: Tags): boolean => SIDES.some((key) => tags.get(key)?.startsWith('opposite'))

const cyclewaysBeside = (tags: Tags): Both<boolean> => {
  const has = (key: string) => CYCLEWAYS.has(tags.get(key) ?? '')
  const isOnBoth = has('cycleway') || has('cycleway:both')
  return { forward: isOnBoth || has('cycleway:right'), backward: isOnBoth || has('cycleway:left') }
}

/** Off the bicycle, where one may walk: footways, steps, and one-way streets against the traffic. */
const pushing = (tags: Tags, highway: string): WayUse | undefined => {
  if (tags.get('junction') === 'roundabout') return
  const walked = walk(tags)
  const kmhMax = highway === 'steps' ? STEPS_KMH : PUSHING_KMH
  const slow = (use: DirectionUse | undefined) => {
    const kmh = Math.min(use?.kmh ?? 0, kmhMax)
    return use && { kmh, weightKmh: kmh, isRestricted: use.isRestricted, isPushed: true }
  }
  return walked && { forward: slow(walked.forward), backward: slow(walked.backward), durationSeconds: 0 }
}

const OPEN_BARRIERS = new Set([
  'block',
  'bollard',
  'border_control',
  'bus_trap',
  'cattle_grid',
  'cycle_barrier',
  'entrance',
  'gate',
  'height_restrictor',
  'kerb',
  'lift_gate',
  'no',
  'sally_port',
  'sump_buster',
  'swing_gate',
  'toll_booth',
])

const TURN_SECONDS = 6
const TURN_BIAS = 1.4

export const bike: ProfileRules = {
  way: bikeWay,
  isBarrier: (tags) => {
    const access = firstOf(tags, ACCESS_KEYS)
    const barrier = tags.get('barrier')
    if (tags.get('highway') === 'crossing') return false
    if (access !== undefined) return FORBIDDEN.has(access) && access !== 'dismount'
    return barrier !== undefined && !OPEN_BARRIERS.has(barrier)
  },
  turns: {
    // Sharper is dearer, and dearer still across the oncoming traffic.
    angleSeconds: (angle, isLeftHand) =>
      (angle / 90) ** 2 * TURN_SECONDS * (angle >= 0 !== isLeftHand ? 1 / TURN_BIAS : TURN_BIAS),
    uTurnSeconds: 20,
    signalSeconds: 2,
    stopSeconds: 0,
    giveWaySeconds: 0,
    restrictionModes: ['bicycle', 'vehicle'],
  },
}
