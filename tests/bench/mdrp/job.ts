/** One instance under one policy and one set of rules: run, written, then checked and measured from the files. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { check } from './checker.ts'
import { runDay } from './day.ts'
import { readInstance } from './instance.ts'
import { type Measures, measure } from './measures.ts'
import { policies } from './policies.ts'
import type { Rules } from './rules.ts'
import { readSolution, writeSolution } from './solution.ts'

export type Job = { folder: string; policy: string; rules: Rules; out?: string; budgetMs?: number }

export type JobResult = {
  name: string
  policy: string
  rules: Rules
  measures: Measures
  /** Wall time of each decision, and what the checker has against the solution. */
  roundMs: number[]
  faults: string[]
  seconds: number
}

export const runJob = ({ folder, policy, rules, out, budgetMs }: Job): JobResult => {
  const startedMs = performance.now()
  const instance = readInstance(folder)
  const { solution, rounds } = runDay(instance, policies[policy]!(), { rules, budgetMs })
  const kept = out === undefined ? undefined : join(out, variantName(policy, rules), instance.name)
  const place = kept ?? mkdtempSync(join(tmpdir(), 'mdrp-'))
  try {
    writeSolution(place, solution)
    const written = readSolution(place)
    const faults = check(instance, written, rules).map(({ rule, text }) => `${rule}: ${text}`)
    const measures = measure(instance, written)
    const seconds = (performance.now() - startedMs) / 1000
    return { name: instance.name, policy, rules, measures, roundMs: rounds.map(({ ms }) => ms), faults, seconds }
  } finally {
    if (!kept) rmSync(place, { recursive: true })
  }
}

/** As in the tables, and as a folder. */
export const variantName = (policy: string, rules: Rules): string => (rules.canPreposition ? `${policy}+pre` : policy)
