import type { LatLng } from '#core/geo'
import { type Profile, profileOfVehicle, routing } from '#modules/routing/index'

type Rider = { position: LatLng; vehicleType: string }

export type RideTimes = { seconds: number[][]; isApproximate: boolean }

/** Seconds from each driver to each place, `[driver][place]`, by what he goes by: one table for each kind of roads. */
export const rideTimes = async (riders: readonly Rider[], places: readonly LatLng[]): Promise<RideTimes> => {
  const byProfile = new Map<Profile, number[]>()
  for (const [index, { vehicleType }] of riders.entries()) {
    const profile = profileOfVehicle(vehicleType)
    byProfile.set(profile, [...(byProfile.get(profile) ?? []), index])
  }
  const seconds: number[][] = []
  let isApproximate = false
  await Promise.all(
    [...byProfile].map(async ([profile, indexes]) => {
      const origins = indexes.map((index) => riders[index]!.position)
      const table = await routing.table(origins, places, profile)
      isApproximate ||= table.isApproximate
      for (const [row, index] of indexes.entries()) seconds[index] = table.durations[row]!
    }),
  )
  return { seconds, isApproximate }
}
