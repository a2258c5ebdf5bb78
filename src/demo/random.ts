/**
 * mulberry32: a small seeded generator, so that the demo city is the same city on every machine and every run.
 * Public domain, by Tommy Ettinger. Not for secrets.
 *
 * @returns a function that gives the next number in [0, 1).
 */
export const seededRandom = (seed: number): (() => number) => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
