import { contours } from 'd3-contour'
import type { LatLng } from '#core/geo'
import type { Router } from '../graph/router.ts'
import { keptPlaces } from '../osrm/simplify.ts'
import { type Field, fieldOf, reachedPlaces } from './field.ts'

type Ring = [lng: number, lat: number][]

export type Isochrone = {
  type: 'Feature'
  properties: { minutes: number }
  geometry: { type: 'MultiPolygon'; coordinates: Ring[][] }
}

/** Where one can be from a place within each of some times, the shortest first. Undefined when no road is near. */
export const isochronesOf = (router: Router, place: LatLng, minutes: readonly number[]): Isochrone[] | undefined => {
  const [from] = router.snap(place)
  if (!from) return undefined
  const ascending = [...minutes].sort((a, b) => a - b)
  const secondsMax = ascending.at(-1)! * 60
  const reached = reachedPlaces(router.graph, from, router.reach(from), secondsMax)
  const field = fieldOf(reached, secondsMax)
  // Contours are drawn around what is high; we want what is low.
  const heights = field.seconds.map((seconds) => -seconds)
  const draw = contours().size([field.columnCount, field.rowCount])
  return ascending.map((one) => {
    const { coordinates } = draw.contour(heights as unknown as number[], -one * 60)
    return {
      type: 'Feature',
      properties: { minutes: one },
      geometry: { type: 'MultiPolygon', coordinates: coordinates.map((rings) => ringsOf(field, rings)) },
    }
  })
}

/** Corners may lie this many cells beside the line without being missed. */
const TOLERANCE_CELLS = 0.2

/**
 * From cells to degrees, without the corners that nobody would miss. A row counts southward: turned over, outer rings run
 * anticlockwise, as GeoJSON wants them.
 */
const ringsOf = ({ lngAt, latAt }: Field, rings: number[][][]): Ring[] =>
  rings.map((ring): Ring => {
    const columns = ring.map(([column]) => column!)
    const rows = ring.map(([, row]) => row!)
    const kept = keptPlaces(rows, columns, TOLERANCE_CELLS, 1)
    const corners = ring.keys().filter((i) => kept[i])
    return [...corners].map((i) => [round5(lngAt(columns[i]!)), round5(latAt(rows[i]!))])
  })

const round5 = (degrees: number) => Math.round(degrees * 1e5) / 1e5
