/** Of a round's time, what may go by before a search ends: telling what it has found, bounded by size, takes the rest. */
const SEARCH_SHARE = 0.8

/** For a policy's `isOver`: begins to count now, by any steady clock, and lets a whole plan end within the budget. Without one it never ends. */
export const searchWithin = (budgetMs: number | undefined, nowMs: () => number): (() => boolean) | undefined => {
  if (budgetMs === undefined) return undefined
  const endsMs = nowMs() + SEARCH_SHARE * budgetMs
  return () => nowMs() >= endsMs
}
