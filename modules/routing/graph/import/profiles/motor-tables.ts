/** Speeds and words of access for motor vehicles: the figures of OSRM 6.0's car profile (profiles/car.lua). */
export const DEFAULT_KMH = 10
/** What is driven of a speed limit. */
export const LIMIT_SHARE = 0.8

export const HIGHWAY_KMH: Readonly<Record<string, number>> = {
  motorway: 90,
  motorway_link: 45,
  trunk: 85,
  trunk_link: 40,
  primary: 65,
  primary_link: 30,
  secondary: 55,
  secondary_link: 25,
  tertiary: 40,
  tertiary_link: 20,
  unclassified: 25,
  residential: 25,
  living_street: 10,
  service: 15,
}

export const ROUTE_KMH: Readonly<Record<string, number>> = { ferry: 5, shuttle_train: 10 }
export const MOVABLE_BRIDGE_KMH = 5

export const SURFACE_KMH: Readonly<Record<string, number>> = {
  cement: 80,
  compacted: 80,
  fine_gravel: 80,
  paving_stones: 60,
  metal: 60,
  bricks: 60,
  grass: 40,
  wood: 40,
  sett: 40,
  grass_paver: 40,
  gravel: 40,
  unpaved: 40,
  ground: 40,
  dirt: 40,
  pebblestone: 40,
  tartan: 40,
  cobblestone: 30,
  clay: 30,
  earth: 20,
  stone: 20,
  rocky: 20,
  sand: 20,
  mud: 10,
}

export const TRACK_KMH: Readonly<Record<string, number>> = {
  grade1: 60,
  grade2: 40,
  grade3: 30,
  grade4: 25,
  grade5: 20,
}

export const SMOOTHNESS_KMH: Readonly<Record<string, number>> = {
  intermediate: 80,
  bad: 40,
  very_bad: 20,
  horrible: 10,
  very_horrible: 5,
  impassable: 0,
}

export const FOR_FEET = new Set(['footway', 'path', 'pedestrian', 'cycleway', 'bridleway', 'corridor', 'platform'])
/** Access values that let traffic in and out, but not through. */
export const RESTRICTED = new Set(['private', 'delivery', 'destination', 'customers'])
export const FORBIDDEN = new Set(['no', 'agricultural', 'forestry', 'emergency', 'psv', ...RESTRICTED])
