import type { Box } from '#core/geo'
import type { City } from './format'
import { type ImportOptions, type ImportReport, importRoads, MapFileError, type OsmData } from './import/index'
import { prepare } from './prepare'
import { DEGREE, type Points, PROFILES } from './road-graph'

/** Who lives at the edge of an extract belongs to it: about a kilometre. */
const MARGIN_DEGREES = 0.01

/**
 * The roads of a map, imported and prepared for each profile: what a road file holds. `onProfile` is told of each profile when
 * it is done. A profile for which there is not one road is left out. Throws a MapFileError when that is every one.
 */
export const cityOf = (
  data: OsmData,
  source: string,
  { onProfile = () => {}, ...options }: ImportOptions & { onProfile?: (report: ImportReport) => void } = {},
): City => {
  const profiles: City['profiles'] = {}
  for (const profile of PROFILES) {
    const { graph, report } = importRoads(data, profile, options)
    if (graph.edgeSide.length > 0) profiles[profile] = prepare(graph)
    onProfile(report)
  }
  if (Object.keys(profiles).length === 0) throw new MapFileError('There are no roads in it.')
  return { source, bounds: boundsOf(data.points), profiles }
}

const boundsOf = ({ lat, lng }: Points): Box => ({
  south: least(lat) / DEGREE - MARGIN_DEGREES,
  north: most(lat) / DEGREE + MARGIN_DEGREES,
  west: least(lng) / DEGREE - MARGIN_DEGREES,
  east: most(lng) / DEGREE + MARGIN_DEGREES,
})

const least = (values: Int32Array): number => values.reduce((a, b) => Math.min(a, b))
const most = (values: Int32Array): number => values.reduce((a, b) => Math.max(a, b))
