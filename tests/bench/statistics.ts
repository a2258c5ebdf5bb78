export const median = (values: readonly number[]): number => percentile(values, 50)

/** Nearest rank, but the mean of the two in the middle for an even median. */
export const percentile = (values: readonly number[], percent: number): number => {
  if (values.length === 0) return Number.NaN
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  if (percent === 50 && Number.isInteger(middle)) return (sorted[middle - 1]! + sorted[middle]!) / 2
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!
}
