import { database } from '#core/database'
import { isInside, type LatLng } from '#core/geo'
import { log } from '#core/log'
import { findZones, polygonOf } from '#core/zones'

/** Which zone a point lies in, of the zones as they were a moment ago. */
export type ZoneAreas = {
  /** The id of the zone, or undefined outside of all. */
  zoneOf(point: LatLng): string | undefined
}

type Area = { id: string; corners: LatLng[] }

const REFRESH_EVERY_MS = 15_000

/** Reads the zones, and again every some seconds; while the database is away those that are known stay. */
export const keepZoneAreas = async (): Promise<ZoneAreas & { stop(): void }> => {
  let areas = await readAreas()
  const refresh = async () => {
    if (database.isAway) return
    try {
      areas = await readAreas()
    } catch (error) {
      if (!database.isAway) log.error({ err: String(error) }, 'zones could not be read again')
    }
  }
  const timer = setInterval(refresh, REFRESH_EVERY_MS)
  timer.unref?.()
  return {
    zoneOf: (point) => areas.find(({ corners }) => isInside(point, corners))?.id,
    stop: () => clearInterval(timer),
  }
}

const readAreas = async (): Promise<Area[]> =>
  (await findZones(database.sql)).map(({ id, area }) => ({ id, corners: polygonOf(area) }))
