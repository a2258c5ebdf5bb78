/**
 * The sliding window counter: two counts per key, of the window that runs and of the one before, which counts for as
 * much of itself as a window that ends now still covers. It takes two numbers where a log of all uses takes one for each, and is
 * off only as far as the uses of the last window were not evenly spread. From: J. Desgats, "How we built rate limiting
 * capable of scaling to millions of domains", Cloudflare blog, 2017.
 */
export type WindowCounts = { previous: number; current: number }

/** Which window an instant lies in; windows follow the clock, so that all processes mean the same one. */
export const windowAt = (nowMs: number, windowMs: number): number => Math.floor(nowMs / windowMs)

/** How many uses lie within a window that ends now. */
export const usesAt = ({ previous, current }: WindowCounts, nowMs: number, windowMs: number): number =>
  previous * (1 - elapsedShare(nowMs, windowMs)) + current

const elapsedShare = (nowMs: number, windowMs: number) => (nowMs % windowMs) / windowMs

/** Milliseconds until there is room for one more use; 0 when there is. `max` is at least 1. */
export const roomInMs = (counts: WindowCounts, max: number, nowMs: number, windowMs: number): number => {
  const { previous, current } = counts
  if (usesAt(counts, nowMs, windowMs) + 1 <= max) return 0
  const elapsedMs = nowMs % windowMs
  // Within this window only what the one before counts for becomes less; in the next one, what this one counts for.
  if (current + 1 <= max) return Math.ceil(shareLeft(previous, max - current) * windowMs - elapsedMs)
  return Math.ceil(windowMs - elapsedMs + shareLeft(current, max) * windowMs)
}

/** How much of a window must have gone until `count` uses of the one before it leave room for one more of `max`. */
const shareLeft = (count: number, max: number) => 1 - (max - 1) / count
