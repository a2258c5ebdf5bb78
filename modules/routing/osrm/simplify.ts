/** How much shorter a degree of longitude is than one of latitude. */
export const shrinkAt = (latDegrees: number) => Math.cos((latDegrees * Math.PI) / 180)

/**
 * Douglas and Peucker's algorithm: of the places between two that are kept, the one farthest from the straight line
 * between them is kept, if it is farther than the tolerance; and so on, on both sides of it. Not by simplify-js: our
 * lines are numbers in two arrays, and it wants an object for each place. Of a ring the first place stays.
 */
export const keptPlaces = (
  lat: readonly number[],
  lng: readonly number[],
  tolerance: number,
  shrink: number,
): Uint8Array => {
  const last = lat.length - 1
  const kept = new Uint8Array(lat.length)
  kept[0] = kept[last] = 1
  const open = [0, last]
  while (open.length > 0) {
    const to = open.pop()!
    const from = open.pop()!
    let farthest = 0
    let square = tolerance * tolerance
    for (let i = from + 1; i < to; i++) {
      const one = squareFrom(lat, lng, shrink, from, to, i)
      if (one <= square) continue
      square = one
      farthest = i
    }
    if (farthest === 0) continue
    kept[farthest] = 1
    open.push(from, farthest, farthest, to)
  }
  return kept
}

/** Squared distance of place `i` from the straight line between two others. */
const squareFrom = (
  lat: readonly number[],
  lng: readonly number[],
  shrink: number,
  from: number,
  to: number,
  i: number,
): number => {
  const north = lat[to]! - lat[from]!
  const east = (lng[to]! - lng[from]!) * shrink
  const y = lat[i]! - lat[from]!
  const x = (lng[i]! - lng[from]!) * shrink
  const share = Math.min(1, Math.max(0, (y * north + x * east) / (north * north + east * east || 1)))
  return (y - north * share) ** 2 + (x - east * share) ** 2
}
