const MODES = ['access', 'vehicle', 'motor_vehicle', 'motorcar', 'moped', 'bicycle', 'foot']

const DIRECTED = [
  ...MODES,
  'maxspeed',
  'maxspeed:advisory',
  'source:maxspeed',
  'maxspeed:type',
  'maxheight',
  'maxheight:physical',
  'maxwidth',
  'maxwidth:physical',
  'maxlength',
  'maxweight',
  'width',
  'est_width',
  'toll',
  'hov:lanes',
  'cycleway',
]

const PLAIN = [
  'area',
  'bridge',
  'capacity:car',
  'construction',
  'cycleway:both',
  'cycleway:left',
  'cycleway:right',
  'driving_side',
  'duration',
  'highway',
  'hov',
  'impassable',
  'junction',
  'lanes',
  'man_made',
  'motorroad',
  'name',
  'narrow',
  'oneway',
  'proposed',
  'public_transport',
  'railway',
  'ref',
  'route',
  'service',
  'side_road',
  'sidewalk',
  'smoothness',
  'status',
  'surface',
  'tracktype',
  'tunnel',
]

/** Keys of ways that a rule of some profile reads; others are left behind in the file. */
export const WAY_KEYS: ReadonlySet<string> = new Set([
  ...PLAIN,
  ...DIRECTED.flatMap((key) => [key, `${key}:forward`, `${key}:backward`]),
  ...MODES.map((mode) => `oneway:${mode}`),
])

/** Likewise for points. */
export const POINT_KEYS: ReadonlySet<string> = new Set([
  ...MODES,
  'barrier',
  'bollard',
  'direction',
  'highway',
  'kerb',
  'maxheight',
  'stop',
  'traffic_signals:direction',
])

/** Keys that alone make a point worth its tags. */
export const POINT_KEYS_NEEDED = ['barrier', 'highway', ...MODES]
