import type { Tags } from '../osm-data'
import { firstOf } from './directed'
import { heightMeters } from './measures'
import type { Vehicle } from './motor'
import { FORBIDDEN, RESTRICTED } from './motor-tables'

const OPEN_BARRIERS = new Set([
  'arch',
  'border_control',
  'cattle_grid',
  'entrance',
  'gate',
  'height_restrictor',
  'lift_gate',
  'no',
  'sally_port',
  'toll_booth',
])

export const isMotorBarrier = (tags: Tags, vehicle: Vehicle): boolean => {
  const access = firstOf(tags, vehicle.accessKeys)
  if (access !== undefined) return FORBIDDEN.has(access) && !RESTRICTED.has(access)
  const barrier = tags.get('barrier')
  if (barrier === undefined) return false
  if (barrier === 'height_restrictor' && heightMeters(tags.get('maxheight')) < vehicle.heightMeters) return true
  const isLow = ['lowered', 'flush'].includes(tags.get('kerb') ?? '')
  const isCrossing = barrier === 'kerb' && tags.get('highway') === 'crossing'
  return !OPEN_BARRIERS.has(barrier) && tags.get('bollard') !== 'rising' && !isLow && !isCrossing
}
