/** Göteborg, and a metropolis of five of it: no data of that size may be had here. */
import { importRoads, readGeoJson } from '#modules/routing/graph/import/index'
import { DEGREE, type RoadGraph } from '#modules/routing/graph/road-graph'
import { goteborgFile } from '#support/road-city'

type Feature = {
  id?: string
  properties: Record<string, unknown>
  geometry: { type: string; coordinates: number[][] }
}
type Network = { type: string; features: Feature[] }

export const readGoteborg = async (): Promise<Network> => Bun.file(goteborgFile).json()

export const carGraph = (network: Network): RoadGraph => importRoads(readGeoJson(network), 'car').graph

/** Where the copies lie: columns to the east, rows to the north. */
const COPIES = [
  [0, 0],
  [1, 0],
  [2, 0],
  [0, 1],
  [1, 1],
] as const
/** Between copies that are neighbours, evenly along their border. */
const BRIDGES = 6
/** Bridges begin at junctions in the outermost share of a copy. */
const BORDER_SHARE = 0.1

type Spot = { lat: number; lng: number }

/** About 265,000 turns: five Göteborgs side by side, six bridges between neighbours. The same each time. */
export const metropolis = (network: Network, goteborg: RoadGraph): Network => {
  const junctions = [...goteborg.nodePoint].map((point) => ({
    lat: goteborg.points.lat[point]! / DEGREE,
    lng: goteborg.points.lng[point]! / DEGREE,
  }))
  const [south, north] = [least(junctions, 'lat'), most(junctions, 'lat')]
  const [west, east] = [least(junctions, 'lng'), most(junctions, 'lng')]
  const step = { lat: (north - south) * 1.1, lng: (east - west) * 1.1 }
  const shifted = ({ lat, lng }: Spot, [column, row]: readonly [number, number]): Spot => ({
    lat: lat + row * step.lat,
    lng: lng + column * step.lng,
  })
  const features = COPIES.flatMap((copy) =>
    network.features
      .filter(({ geometry }) => geometry.type === 'LineString')
      .map(
        (feature): Feature => ({
          ...feature,
          geometry: {
            type: 'LineString',
            coordinates: feature.geometry.coordinates.map(([lng, lat]) =>
              pairOf(shifted({ lat: lat!, lng: lng! }, copy)),
            ),
          },
        }),
      ),
  )
  const border = (axis: 'lat' | 'lng', isUpper: boolean) => borderOf(junctions, axis, isUpper)
  for (const [column, row] of COPIES) {
    for (const [next, axis] of [
      [[column + 1, row], 'lng'],
      [[column, row + 1], 'lat'],
    ] as const) {
      if (!COPIES.some(([c, r]) => c === next[0] && r === next[1])) continue
      const [here, there] = [border(axis, true), border(axis, false)]
      here.forEach((spot, i) => {
        features.push(bridge(shifted(spot, [column, row]), shifted(there[i]!, next)))
      })
    }
  }
  return { type: 'FeatureCollection', features }
}

const least = (spots: readonly Spot[], axis: 'lat' | 'lng') =>
  spots.reduce((min, spot) => Math.min(min, spot[axis]), 180)
const most = (spots: readonly Spot[], axis: 'lat' | 'lng') =>
  spots.reduce((max, spot) => Math.max(max, spot[axis]), -180)

/** Junctions near one border, evenly along it. */
const borderOf = (junctions: readonly Spot[], axis: 'lat' | 'lng', isUpper: boolean): Spot[] => {
  const along = axis === 'lat' ? 'lng' : 'lat'
  const outermost = junctions
    .toSorted((a, b) => (isUpper ? b[axis] - a[axis] : a[axis] - b[axis]))
    .slice(0, Math.floor(junctions.length * BORDER_SHARE))
    .sort((a, b) => a[along] - b[along])
  return Array.from({ length: BRIDGES }, (_, i) => outermost[Math.floor(((i + 0.5) / BRIDGES) * outermost.length)]!)
}

const bridge = (from: Spot, to: Spot): Feature => ({
  properties: { highway: 'primary', maxspeed: '70', bridge: 'yes' },
  geometry: { type: 'LineString', coordinates: [pairOf(from), pairOf(to)] },
})

/** To what OpenStreetMap keeps, so that copies of one place stay one place. */
const pairOf = ({ lat, lng }: Spot): number[] => [Math.round(lng * DEGREE) / DEGREE, Math.round(lat * DEGREE) / DEGREE]
