import { expect, test } from 'bun:test'
import type { JobResult } from './job.ts'
import { type Measures, measure } from './measures.ts'
import { SIXTEEN } from './published.ts'
import { order, smallDay } from './small-day.ts'
import { sixteenLines, verdictLines } from './verdict.ts'

const MEASURES = measure(smallDay([order('o1')]), { assignments: [], delivered: [], moves: [] })

const result = (name: string, policy: string, changes: Partial<Measures>): JobResult => ({
  ...{ name, policy, rules: { canPreposition: false, canUpdate: true }, roundMs: [], faults: [], seconds: 0 },
  measures: { ...MEASURES, undeliveredPercent: 0, clickToDoor: 31, aboveFloor: 1, ...changes },
})

test('what is undelivered is held against what was possible, and against the better baseline', () => {
  const lines = verdictLines([
    result('a', 'ours', { undeliveredPercent: 0.5, impossiblePercent: 0.3 }),
    result('b', 'ours', { undeliveredPercent: 0.6, impossiblePercent: 0.3 }),
    ...['a', 'b'].map((name) => result(name, 'nearest', { undeliveredPercent: 9 })),
    ...['a', 'b'].map((name) => result(name, 'reyes', { undeliveredPercent: 0.5, aboveFloor: 1.9 })),
  ])
  expect(lines).toEqual([
    'ours: 0.55 % undelivered in the mean; above 0.25 % on 2 of 2 instances, without the impossible orders on 1: b',
    'ours: more undelivered than the better baseline on 1 of 2: b',
    'ours: 1.00 above the floor, Reyes here 1.90: MISSES half of it',
  ])
})

test('the sixteen stand beside what is published, and their mean beside its limit', () => {
  const results = SIXTEEN.map(({ name }) => result(name, 'ours', {}))
  const lines = sixteenLines(results)
  expect(lines).toHaveLength(18)
  expect(lines[0]).toMatch(/^CtD +ours +published +optimum +floor$/)
  expect(lines[1]).toMatch(/^0o50t100s1p100 +31\.00 +31\.19 +29\.81 +28\.33$/)
  expect(lines.at(-1)).toMatch(/^mean of 16 +31\.00 +31\.88 +30\.67 +29\.99$/)
  expect(verdictLines(results)).toContain('ours: mean CtD of the sixteen 31.00, within 31.2')
})

test('instances of which nothing is published give no table', () => {
  expect(sixteenLines([result('8o100t75s1p125', 'ours', {})])).toEqual([])
})
