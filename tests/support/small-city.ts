import { buildCity } from '#modules/routing/graph/build-city'
import { createRouter } from '#modules/routing/graph/create-router'
import type { City } from '#modules/routing/graph/format'
import { readGeoJson } from '#modules/routing/graph/import/index'
import type { Profile } from '#modules/routing/graph/road-graph'
import type { Router } from '#modules/routing/graph/router'

/** Streets that cross at right angles around the test kitchen. Those that go north are one-way for cars, all the same way. */

const ROWS = 9
const COLUMNS = 9
const ROW_DEGREES = 0.0025
const COLUMN_DEGREES = 0.004

export type Corner = { lat: number; lng: number }

const lineString = (id: number, properties: Record<string, string>, corners: Corner[]) => ({
  id: `way/${id}`,
  properties,
  geometry: { type: 'LineString', coordinates: corners.map(({ lat, lng }) => [lng, lat]) },
})

/** `southWest` is its first corner. */
export const smallCity = (southWest: Corner = { lat: 57.69, lng: 11.955 }): City => {
  const corner = (row: number, column: number) => ({
    lat: southWest.lat + row * ROW_DEGREES,
    lng: southWest.lng + column * COLUMN_DEGREES,
  })
  const across = Array.from({ length: ROWS }, (_, row) =>
    lineString(
      row + 1,
      { highway: 'residential', name: `Street ${row + 1}` },
      Array.from({ length: COLUMNS }, (_, column) => corner(row, column)),
    ),
  )
  const north = Array.from({ length: COLUMNS }, (_, column) =>
    lineString(
      100 + column,
      {
        highway: 'residential',
        name: `Avenue ${column + 1}`,
        // The first and the last are open both ways, so that everybody comes back.
        ...(column > 0 && column < COLUMNS - 1 && { oneway: 'yes', 'oneway:bicycle': 'no' }),
      },
      Array.from({ length: ROWS }, (_, row) => corner(row, column)),
    ),
  )
  return buildCity(readGeoJson({ type: 'FeatureCollection', features: [...across, ...north] }), {
    source: 'small city',
  })
}

export const routersOf = ({ profiles }: City): Partial<Record<Profile, Router>> =>
  Object.fromEntries(Object.entries(profiles).map(([profile, prepared]) => [profile, createRouter(prepared!)]))
