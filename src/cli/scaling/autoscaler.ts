/** A HorizontalPodAutoscaler (autoscaling/v2) as a function: what it makes of what it has seen. */

export type AutoscalerSettings = {
  replicasMin: number
  replicasMax: number
  scaleUpWindowSeconds: number
  scaleDownWindowSeconds: number
}

/** When, and how many pods were right by the metrics of that moment. */
export type Recommendation = { atSeconds: number; replicas: number }

/** Kubernetes' own defaults: how often it looks, and by how much a metric may miss its target before it acts. */
export const SYNC_SECONDS = 15
const TOLERANCE = 0.1
/** The default policy: at most this many more, or twice as many, whichever is more, in one period of 15 seconds. */
const SCALE_UP_PODS_MAX = 4

/**
 * How many pods the metrics ask for: the most that any of them does.
 *
 * @param ratios each metric's mean over the pods by its target; 1 is on target.
 */
export const wanted = (
  replicas: number,
  ratios: readonly number[],
  { replicasMin, replicasMax }: AutoscalerSettings,
): number => {
  const asked = ratios.map((ratio) => (Math.abs(ratio - 1) <= TOLERANCE ? replicas : Math.ceil(replicas * ratio)))
  return Math.min(replicasMax, Math.max(replicasMin, ...asked))
}

/**
 * How many pods there are to be: it grows to the least that was asked for in the window of scaling up, shrinks to the most
 * in that of scaling down, and grows no faster than the default policy lets it.
 *
 * @param past recommendations, the one of now included.
 */
export const decide = (
  replicas: number,
  past: readonly Recommendation[],
  nowSeconds: number,
  settings: AutoscalerSettings,
): number => {
  const within = (windowSeconds: number) =>
    past.filter(({ atSeconds }) => atSeconds > nowSeconds - windowSeconds).map((one) => one.replicas)
  const up = Math.min(...within(settings.scaleUpWindowSeconds))
  const down = Math.max(...within(settings.scaleDownWindowSeconds))
  if (replicas < up) return Math.min(up, Math.max(replicas * 2, replicas + SCALE_UP_PODS_MAX))
  return Math.min(replicas, down)
}
