import type { Compiled } from './compiled.ts'

/** For each order the drivers who could be at its kitchen first (and all who are bound to it): only they are tried. */
export const candidatesOf = (of: Compiled): Int32Array[] => {
  const byKitchen = of.kitchenPlace.map((_, kitchen) => nearest(of, kitchen))
  return of.orders.map((_, order) => byKitchen[of.kitchen[order]!]!)
}

/** Sorting the bare numbers first is much faster than sorting all drivers by them. */
const nearest = (of: Compiled, kitchen: number): Int32Array => {
  const to = of.kitchenPlace[kitchen]!
  const arrivesAt = new Float64Array(of.drivers.length)
  const drivers: number[] = []
  for (let driver = 0; driver < of.drivers.length; driver++) {
    const isBoundHere = of.bound[driver] === kitchen
    arrivesAt[driver] = isBoundHere ? -1 : of.startAt[driver]! + of.travel(driver, of.startPlace[driver]!, to)
    if (arrivesAt[driver]! <= of.offAt[driver]!) drivers.push(driver)
  }
  const inOrder = Float64Array.from(drivers, (driver) => arrivesAt[driver]!).sort()
  const last = inOrder[Math.min(of.settings.candidatesMax, drivers.length) - 1]!
  const near = drivers.filter((driver) => arrivesAt[driver]! <= last)
  near.sort((a, b) => arrivesAt[a]! - arrivesAt[b]! || a - b)
  let count = Math.min(of.settings.candidatesMax, near.length)
  while (count < near.length && arrivesAt[near[count]!] === -1) count++
  return Int32Array.from(near.slice(0, count))
}
