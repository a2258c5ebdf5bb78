import { DEGREE } from '../graph/road-graph.ts'

/** Numbers as OSRM writes them: seconds and metres with one decimal, coordinates with six. */
export const round1 = (value: number) => Math.round(value * 10) / 10
export const roundDegrees = (degrees: number) => Math.round(degrees * 1e6) / 1e6

/** `[longitude, latitude]`, from degrees times 10^7. */
export const locationOf = (lat: number, lng: number): [number, number] => [
  Math.round((lng * 1e6) / DEGREE) / 1e6,
  Math.round((lat * 1e6) / DEGREE) / 1e6,
]

/** A bearing as OSRM writes it: whole degrees, 0 to 359. */
export const wholeBearing = (degrees: number) => Math.round(degrees) % 360
