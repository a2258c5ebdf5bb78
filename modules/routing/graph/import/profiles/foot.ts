/**
 * On foot. Speeds and costs as in OSRM's profiles/foot.lua; other than there, private ways are open to whoever goes to a
 * door on them, and cycleways may be walked unless they say otherwise.
 */
import type { Tags } from '../osm-data'
import { firstOf } from './directed'
import { durationSeconds } from './measures'
import type { DirectionUse, ProfileRules, WayUse } from './rules'

const WALKING_KMH = 5
const FERRY_KMH = 5

const WALKED = new Set([
  'primary',
  'primary_link',
  'secondary',
  'secondary_link',
  'tertiary',
  'tertiary_link',
  'unclassified',
  'residential',
  'road',
  'living_street',
  'service',
  'track',
  'path',
  'steps',
  'pedestrian',
  'footway',
  'cycleway',
  'corridor',
  'platform',
  'pier',
])

const ALLOWED = new Set(['yes', 'foot', 'permissive', 'designated'])
const FORBIDDEN = new Set(['no', 'agricultural', 'forestry', 'use_sidepath'])
const RESTRICTED = new Set(['private', 'delivery', 'destination', 'customers'])
const ACCESS_KEYS = ['foot', 'access']
/** The only barriers that nobody gets past. */
const CLOSED_BARRIERS = new Set(['yes', 'wall', 'fence'])

const SURFACE_SHARE: Readonly<Record<string, number>> = {
  fine_gravel: 0.75,
  gravel: 0.75,
  pebblestone: 0.75,
  mud: 0.5,
  sand: 0.5,
}

/** How a way is walked; also by whoever pushes a bicycle. */
export const walk = (tags: Tags): WayUse | undefined => {
  const highway = tags.get('highway')
  const access = firstOf(tags, ACCESS_KEYS)
  const isFerry = tags.get('route') === 'ferry'
  const isWalked =
    isFerry ||
    WALKED.has(highway ?? '') ||
    tags.get('man_made') === 'pier' ||
    tags.get('railway') === 'platform' ||
    tags.get('public_transport') === 'platform'
  if (highway === 'construction' || highway === 'proposed' || tags.get('impassable') === 'yes') return
  if (FORBIDDEN.has(access ?? '')) return
  if (!isWalked && !ALLOWED.has(tags.get('foot') ?? '') && !(highway && ALLOWED.has(access ?? ''))) return
  const kmh = isFerry ? FERRY_KMH : WALKING_KMH * (SURFACE_SHARE[tags.get('surface') ?? ''] ?? 1)
  const use: DirectionUse = { kmh, weightKmh: kmh, isRestricted: RESTRICTED.has(access ?? ''), isPushed: false }
  const oneway = tags.get('oneway:foot')
  return {
    forward: oneway === '-1' ? undefined : use,
    backward: ['yes', '1', 'true'].includes(oneway ?? '') ? undefined : use,
    durationSeconds: isFerry ? (durationSeconds(tags.get('duration')) ?? 0) : 0,
  }
}

export const foot: ProfileRules = {
  way: walk,
  isBarrier: (tags) => {
    const access = firstOf(tags, ACCESS_KEYS)
    if (tags.get('highway') === 'crossing') return false
    return access === undefined ? CLOSED_BARRIERS.has(tags.get('barrier') ?? '') : FORBIDDEN.has(access)
  },
  turns: {
    angleSeconds: () => 0,
    uTurnSeconds: 2,
    signalSeconds: 2,
    stopSeconds: 0,
    giveWaySeconds: 0,
    restrictionModes: [],
  },
}
