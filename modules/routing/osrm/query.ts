import { malformedQuery, Refusal } from './refusal.ts'
import { decoded } from './url.ts'

/** Reads an option's text; undefined when it is malformed. */
type Parser<T> = (text: string) => T | undefined
type Parsers = Record<string, Parser<unknown>>
export type Options<P extends Parsers> = { [K in keyof P]?: Exclude<ReturnType<P[K]>, undefined> }

/** Reads `key=value&...`. `at` is where the text begins in the URL: a fault tells its position, as OSRM does. */
export const parseOptions = <P extends Parsers>(query: string, at: number, parsers: P): Options<P> => {
  const options: Record<string, unknown> = {}
  let position = at
  for (const pair of query === '' ? [] : query.split('&')) {
    const equals = pair.indexOf('=')
    const key = pair.slice(0, equals)
    if (equals < 0 || !Object.hasOwn(parsers, key)) throw malformedQuery(position)
    const text = decoded(pair.slice(equals + 1))
    const value = text === undefined ? undefined : parsers[key]!(text)
    if (value === undefined) throw malformedQuery(position + equals + 1)
    options[key] = value
    position += pair.length + 1
  }
  return options as Options<P>
}

const flag: Parser<boolean> = (text) => (text === 'true' ? true : text === 'false' ? false : undefined)

const oneOf =
  <const T extends string>(...words: T[]): Parser<T> =>
  (text) =>
    words.find((word) => word === text)

const positiveInteger: Parser<number> = (text) => (/^\d{1,9}$/.test(text) ? Number(text) : undefined)

const positive: Parser<number> = (text) => (/^(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined)

/** One element for each coordinate; an empty one stands for the default, here null. */
const perPlace =
  <T>(element: Parser<T>): Parser<(T | null)[]> =>
  (text) => {
    const values: (T | null)[] = []
    for (const part of text.split(';')) {
      const value = part === '' ? null : element(part)
      if (value === undefined) return undefined
      values.push(value)
    }
    return values
  }

const listOf =
  <T>(separator: string, element: Parser<T>): Parser<T[]> =>
  (text) => {
    const values = text.split(separator).map(element)
    return values.includes(undefined) ? undefined : (values as T[])
  }

const bearing: Parser<{ degrees: number; range: number }> = (text) => {
  const [degrees, range, ...more] = text.split(',').map((part) => positiveInteger(part))
  if (degrees === undefined || range === undefined || more.length > 0) return undefined
  return { degrees, range }
}

const radius: Parser<number> = (text) => (text === 'unlimited' ? Number.POSITIVE_INFINITY : positive(text))

const base64: Parser<string> = (text) => (/^[A-Za-z0-9_+/-]+={0,2}$/.test(text) ? text : undefined)

const indexes = listOf(';', positiveInteger)
const indexesOrAll: Parser<number[] | 'all'> = (text) => (text === 'all' ? 'all' : indexes(text))

const GENERAL = {
  bearings: perPlace(bearing),
  radiuses: perPlace(radius),
  hints: perPlace(base64),
  approaches: perPlace(oneOf('unrestricted', 'curb', 'opposite')),
  exclude: listOf(',', (text) => (/^\w+$/.test(text) ? text : undefined)),
  generate_hints: flag,
  skip_waypoints: flag,
  snapping: oneOf('default', 'any'),
  format: oneOf('json'),
} as const satisfies Parsers

export const ANNOTATIONS = ['nodes', 'distance', 'duration', 'datasources', 'weight', 'speed'] as const
export type AnnotationName = (typeof ANNOTATIONS)[number]

const ROUTE = {
  ...GENERAL,
  alternatives: (text: string) => flag(text) ?? positiveInteger(text),
  steps: flag,
  annotations: (text: string) => flag(text) ?? listOf(',', oneOf(...ANNOTATIONS))(text),
  geometries: oneOf('polyline', 'polyline6', 'geojson'),
  overview: oneOf('simplified', 'full', 'false'),
  continue_straight: oneOf('default', 'true', 'false'),
  waypoints: indexes,
} as const satisfies Parsers

const TABLE = {
  ...GENERAL,
  sources: indexesOrAll,
  destinations: indexesOrAll,
  annotations: listOf(',', oneOf('duration', 'distance')),
  fallback_speed: positive,
  fallback_coordinate: oneOf('input', 'snapped'),
  scale_factor: positive,
} as const satisfies Parsers

const { alternatives: _alternatives, continue_straight: _straight, ...DRAWN } = ROUTE
const MATCH = {
  ...DRAWN,
  timestamps: listOf(';', (text) => (/^\d{1,12}$/.test(text) ? Number(text) : undefined)),
  gaps: oneOf('split', 'ignore'),
  tidy: flag,
} as const satisfies Parsers

const NEAREST = { ...GENERAL, number: positiveInteger } as const satisfies Parsers

export type GeneralOptions = Options<typeof GENERAL>
export type RouteOptions = Options<typeof ROUTE>
export type TableOptions = Options<typeof TABLE>
export type MatchOptions = Options<typeof MATCH>
export type NearestOptions = Options<typeof NEAREST>

/** The options of a request, held against the number of its coordinates. */
export const routeOptions = (query: string, at: number, coordinateCount: number): RouteOptions => {
  const options = parseOptions(query, at, ROUTE)
  assertGeneral(options, coordinateCount)
  if (coordinateCount < 2) throw new Refusal('InvalidOptions', 'Number of coordinates needs to be at least two.')
  assertWaypoints(options.waypoints, coordinateCount)
  return options
}

export const tableOptions = (query: string, at: number, coordinateCount: number): TableOptions => {
  const options = parseOptions(query, at, TABLE)
  assertGeneral(options, coordinateCount)
  for (const name of ['sources', 'destinations'] as const) {
    const indexes = options[name]
    if (indexes && indexes !== 'all') assertIndexes(name, indexes, coordinateCount)
  }
  for (const name of ['fallback_speed', 'scale_factor'] as const) {
    if (options[name] !== undefined && !(options[name] > 0)) {
      throw new Refusal('InvalidOptions', `${name} must be greater than zero`)
    }
  }
  return options
}

export const matchOptions = (query: string, at: number, coordinateCount: number): MatchOptions => {
  const options = parseOptions(query, at, MATCH)
  assertGeneral(options, coordinateCount)
  assertCount('timestamps', options.timestamps, coordinateCount)
  if (coordinateCount < 2) throw new Refusal('InvalidOptions', 'Number of coordinates needs to be at least two.')
  if (options.timestamps?.some((seconds, i) => seconds < (options.timestamps![i - 1] ?? 0)))
    throw new Refusal('InvalidValue', 'Timestamps need to be monotonically increasing.')
  assertWaypoints(options.waypoints, coordinateCount)
  return options
}

export const nearestOptions = (query: string, at: number, coordinateCount: number): NearestOptions => {
  const options = parseOptions(query, at, NEAREST)
  assertGeneral(options, coordinateCount)
  if (coordinateCount !== 1) throw new Refusal('InvalidOptions', 'Only one input coordinate is supported')
  if (options.number === 0) throw new Refusal('InvalidOptions', 'number must be at least one')
  return options
}

const assertCount = (name: string, values: readonly unknown[] | undefined, coordinateCount: number) => {
  const given = values?.length ?? coordinateCount
  if (given === coordinateCount) return
  throw new Refusal(
    'InvalidOptions',
    `Number of elements in ${name} size ${given} does not match coordinate size ${coordinateCount}`,
  )
}

const assertGeneral = (options: GeneralOptions, coordinateCount: number) => {
  for (const name of ['hints', 'bearings', 'radiuses', 'approaches'] as const)
    assertCount(name, options[name], coordinateCount)
  for (const one of options.bearings ?? []) {
    if (one && (one.degrees > 360 || one.range > 180)) {
      throw new Refusal('InvalidOptions', 'Bearings are 0 to 360 degrees, and their ranges 0 to 180')
    }
  }
  // Roads are prepared for all trips alike; which classes a trip avoids cannot be chosen.
  if (options.exclude?.some((name) => name !== 'none')) {
    throw new Refusal('InvalidValue', 'Exclude flag combination is not supported.')
  }
}

const assertIndexes = (name: string, indexes: number[], coordinateCount: number) => {
  if (indexes.some((index) => index >= coordinateCount)) {
    throw new Refusal('InvalidOptions', `An index in ${name} is not below the number of coordinates`)
  }
}

const assertWaypoints = (waypoints: number[] | undefined, coordinateCount: number) => {
  if (!waypoints) return
  assertIndexes('waypoints', waypoints, coordinateCount)
  if (waypoints.some((index, i) => i > 0 && index <= waypoints[i - 1]!)) {
    throw new Refusal('InvalidOptions', 'Waypoints must be in ascending order')
  }
  if (waypoints[0] !== 0 || waypoints.at(-1) !== coordinateCount - 1) {
    throw new Refusal('InvalidValue', 'First and last coordinates must be specified as waypoints.')
  }
}
