/**
 * Pictures to look at: Göteborg's streets with one route (and its alternatives), with isochrones, and with a table's times from
 * one place. Written as SVG files into the folder that is named; nothing of them is shipped.
 *
 * bun tests/bench/routing-map.ts FOLDER [FROM_LAT,FROM_LNG TO_LAT,TO_LNG]
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LatLng } from '#core/geo'
import { createRouter } from '#modules/routing/graph/create-router'
import { prepare } from '#modules/routing/graph/prepare'
import { DEGREE, ROAD_CLASS_MASK, ROAD_CLASSES, type RoadGraph } from '#modules/routing/graph/road-graph'
import type { Path, Router } from '#modules/routing/graph/router'
import { isochronesOf } from '#modules/routing/isochrone/isochrone'
import { legOf } from '#modules/routing/osrm/leg'
import { goteborgGraph } from '#support/road-city'

/** All of the network. */
const VIEW = { south: 57.656, west: 11.864, north: 57.757, east: 12.068 }
const WIDTH = 1200
const SHRINK = Math.cos((57.7 * Math.PI) / 180)
const HEIGHT = Math.round((WIDTH * (VIEW.north - VIEW.south)) / ((VIEW.east - VIEW.west) * SHRINK))
const CREDIT = '© OpenStreetMap contributors'
const MINUTES = [5, 10, 15]
const TABLE_COLUMNS = 48

const x = (lng: number) => ((lng - VIEW.west) / (VIEW.east - VIEW.west)) * WIDTH
const y = (lat: number) => ((VIEW.north - lat) / (VIEW.north - VIEW.south)) * HEIGHT
const at = ({ lat, lng }: LatLng) => `${x(lng).toFixed(1)},${y(lat).toFixed(1)}`

const main = async () => {
  const [folder, start = '57.7089,11.9746', end = '57.6836,12.0215'] = process.argv.slice(2)
  if (!folder) throw new Error('Say the folder to write into.')
  const [from, to] = [placeOf(start), placeOf(end)]
  const router = createRouter(prepare(await goteborgGraph()))
  mkdirSync(folder, { recursive: true })
  const pictures = {
    route: routePicture(router, from, to),
    isochrones: isochronePicture(router, from),
    table: tablePicture(router, from),
  }
  for (const [name, { title, body }] of Object.entries(pictures)) {
    writeFileSync(
      join(folder, `${name}.svg`),
      pictureOf(title, `${roadsOf(router.graph)}\n${body}\n${placeMark(from, 'A')}`),
    )
    console.log(`${join(folder, name)}.svg: ${title}`)
  }
}

const placeOf = (text: string): LatLng => {
  const [lat, lng] = text.split(',').map(Number)
  if (!(Math.abs(lat!) <= 90 && Math.abs(lng!) <= 180)) throw new Error(`${text} is no LAT,LNG`)
  return { lat: lat!, lng: lng! }
}

type Picture = { title: string; body: string }

const COLOURS = ['#1155cc', '#c27ba0', '#b45f06']

const routePicture = (router: Router, from: LatLng, to: LatLng): Picture => {
  const [start] = router.snap(from)
  const [finish] = router.snap(to)
  const best = start && finish && router.path(start, finish)
  if (!best) throw new Error('There is no route.')
  const paths = [best, ...router.alternatives(best, 2)]
  const lines = paths.map((path, i) => polyline(lineOf(router.graph, path), COLOURS[i]!, i === 0 ? 5 : 3))
  const title = paths
    .map(
      ({ durationSeconds, distanceMeters }) =>
        `${(durationSeconds / 60).toFixed(1)} min, ${(distanceMeters / 1000).toFixed(1)} km`,
    )
    .join('; or ')
  return { title: `A to B by car: ${title}`, body: [...lines.reverse(), placeMark(to, 'B')].join('\n') }
}

const lineOf = (graph: RoadGraph, path: Path): LatLng[] => {
  const { lat, lng } = legOf(graph, [path]).line
  return lat.map((one, i) => ({ lat: one / DEGREE, lng: lng[i]! / DEGREE }))
}

const polyline = (line: readonly LatLng[], colour: string, width: number) =>
  `<polyline points="${line.map(at).join(' ')}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round" opacity="0.85"/>`

const isochronePicture = (router: Router, from: LatLng): Picture => {
  const areas = isochronesOf(router, from, MINUTES)
  if (!areas) throw new Error('There is no road near.')
  const paths = areas.toReversed().map(({ geometry, properties }) => {
    const rings = geometry.coordinates.flat().map((ring) => `M${ring.map(([lng, lat]) => at({ lat, lng })).join('L')}Z`)
    const colour = colourOf(properties.minutes / MINUTES.at(-1)!)
    return `<path d="${rings.join('')}" fill="${colour}" fill-opacity="0.28" fill-rule="evenodd" stroke="${colour}" stroke-width="2"/>`
  })
  return { title: `Within ${MINUTES.join(', ')} minutes of A by car`, body: paths.join('\n') }
}

/** One row of a table: from A to a grid of places, each drawn where it is. */
const tablePicture = (router: Router, from: LatLng): Picture => {
  const [start] = router.snap(from)
  if (!start) throw new Error('There is no road near.')
  const step = (VIEW.east - VIEW.west) / TABLE_COLUMNS
  const places: LatLng[] = []
  for (let lat = VIEW.south; lat < VIEW.north; lat += step * SHRINK)
    for (let lng = VIEW.west + step / 2; lng < VIEW.east; lng += step) places.push({ lat, lng })
  const found = places.flatMap((place) => router.snap(place, 1, { radiusMeters: 150 }))
  const { durations } = router.table([start], found)
  const most = Math.max(...durations)
  const dots = found.map((snap, i) => {
    const [cx, cy] = at(snap).split(',')
    const minutes = Math.round(durations[i]! / 60)
    const text = `<text x="${cx}" y="${Number(cy) + 3.5}" font-size="10" text-anchor="middle" fill="#fff">${minutes}</text>`
    return `<circle cx="${cx}" cy="${cy}" r="8" fill="${colourOf(durations[i]! / most)}"/>${text}`
  })
  return { title: `Minutes from A to ${found.length} places by car, one row of a table`, body: dots.join('\n') }
}

/** Green is near, red is far. */
const colourOf = (share: number) => `hsl(${Math.round(130 * (1 - share))}, 75%, 38%)`

const WIDTHS: Partial<Record<(typeof ROAD_CLASSES)[number], number>> = {
  motorway: 3,
  trunk: 3,
  primary: 2.4,
  secondary: 2,
  tertiary: 1.5,
}

const roadsOf = ({ points, geometry, roadFirst, roadFlags }: RoadGraph): string => {
  const byWidth = new Map<number, string[]>()
  for (const road of roadFlags.keys()) {
    const line = [...geometry.subarray(roadFirst[road]!, roadFirst[road + 1]!)].map((point) =>
      at({ lat: points.lat[point]! / DEGREE, lng: points.lng[point]! / DEGREE }),
    )
    const width = WIDTHS[ROAD_CLASSES[roadFlags[road]! & ROAD_CLASS_MASK]!] ?? 0.7
    byWidth.set(width, [...(byWidth.get(width) ?? []), `M${line.join('L')}`])
  }
  return [...byWidth]
    .sort(([a], [b]) => a - b)
    .map(([width, lines]) => `<path d="${lines.join('')}" fill="none" stroke="#8a8f98" stroke-width="${width}"/>`)
    .join('\n')
}

const placeMark = (place: LatLng, name: string) => {
  const [cx, cy] = at(place).split(',')
  return `<circle cx="${cx}" cy="${cy}" r="10" fill="#111"/><text x="${cx}" y="${Number(cy) + 5}" font-size="14" text-anchor="middle" fill="#fff">${name}</text>`
}

const pictureOf = (
  title: string,
  body: string,
) => `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif">
<rect width="100%" height="100%" fill="#f7f5f0"/>
${body}
<rect x="0" y="0" width="100%" height="34" fill="#fff" opacity="0.85"/>
<text x="12" y="23" font-size="17">${title}</text>
<rect x="${WIDTH - 270}" y="${HEIGHT - 26}" width="270" height="26" fill="#fff" opacity="0.85"/>
<text x="${WIDTH - 10}" y="${HEIGHT - 8}" font-size="14" text-anchor="end">${CREDIT}</text>
</svg>
`

await main()
