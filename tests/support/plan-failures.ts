/** At which times a thread of failing-planner.ts fails, and how. */
export const FAILS_AT = { hangs: 1, throws: 2, dies: 3 }
