/** How far around a kitchen drivers are asked. Pure. */

export type CascadeSettings = { offerRadiusMeters: number; offerRadiusStepMeters: number; dispatchRadiusMeters: number }

/**
 * A step wider for each driver who is not to be asked again, and wider still until somebody is within, up to the zone's
 * limit: those near by have the first word, but nobody waits for a driver who is not there. `distancesMeters`: from each
 * driver who may be asked to the kitchen.
 */
export const searchRadiusMeters = (
  refusedCount: number,
  distancesMeters: readonly number[],
  { offerRadiusMeters, offerRadiusStepMeters, dispatchRadiusMeters }: CascadeSettings,
): number => {
  const asked = Math.min(offerRadiusMeters + refusedCount * offerRadiusStepMeters, dispatchRadiusMeters)
  let nearest = Number.POSITIVE_INFINITY
  for (const meters of distancesMeters) nearest = Math.min(nearest, meters)
  if (nearest <= asked) return asked
  if (nearest > dispatchRadiusMeters || offerRadiusStepMeters === 0) return dispatchRadiusMeters
  const steps = Math.ceil((nearest - asked) / offerRadiusStepMeters)
  return Math.min(asked + steps * offerRadiusStepMeters, dispatchRadiusMeters)
}
