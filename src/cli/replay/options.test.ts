import { describe, expect, test } from 'bun:test'
import { type Options, parseOptions, UsageError } from './options'

const NOW = new Date('2026-11-23T12:00:00Z')
const DAY = ['--from', '2026-11-20', '--to', '2026-11-21']
const parsed = (...args: string[]) => parseOptions([...DAY, ...args], NOW) as Options

test('a day by all policies, from midnight to midnight', () => {
  expect(parsed()).toMatchObject({
    from: new Date('2026-11-20T00:00:00Z'),
    to: new Date('2026-11-21T00:00:00Z'),
    policies: ['ours', 'nearest'],
    settings: {},
    roundSeconds: 10,
  })
})

test('an instant has its offset, and a day that is not over may be asked for', () => {
  const args = ['--from', '2026-11-23T09:00:00+01:00', '--to', '2026-11-24']
  expect(parseOptions(args, NOW)).toMatchObject({ from: new Date('2026-11-23T08:00:00Z') })
})

test('settings are given one by one', () => {
  expect(parsed('--set', 'dispatchLeadSeconds=600', '--set', 'fairnessWeightSeconds=120').settings).toEqual({
    dispatchLeadSeconds: 600,
    fairnessWeightSeconds: 120,
  })
  expect(parsed('--policy', 'nearest', '--zone', 'north')).toMatchObject({ policies: ['nearest'], zone: 'north' })
})

test('--help is asked for and nothing else', () => expect(parseOptions(['--help'], NOW)).toBe('help'))

describe('what is refused, and in which words', () => {
  const refusals: [args: string[], says: RegExp][] = [
    [['--to', '2026-11-21'], /--from is missing/],
    [['--from', 'yesterday', '--to', '2026-11-21'], /--from must be a date/],
    [['--from', '2026-13-01', '--to', '2026-11-21'], /--from must be a date/],
    [['--from', '2026-11-20T10:00', '--to', '2026-11-21'], /with its offset/],
    [['--from', '2026-11-21', '--to', '2026-11-20'], /before --to/],
    [['--from', '2026-11-24', '--to', '2026-11-25'], /in the future/],
    [['--from', '2026-01-01', '--to', '2026-03-01'], /31 days at most/],
    [[...DAY, '--policy', 'best'], /no policy "best"; there are ours, nearest/],
    [[...DAY, '--policy', ''], /no policy ""/],
    [[...DAY, '--set', 'taxBps=1'], /--set knows .*; not "taxBps"/],
    [[...DAY, '--set', 'toString=1'], /not "toString"/],
    [[...DAY, '--set', 'dispatchLeadSeconds'], /dispatchLeadSeconds: "" will not do/],
    [[...DAY, '--set', 'dispatchLeadSeconds=-1'], /dispatchLeadSeconds: "-1" will not do/],
    [[...DAY, '--round-seconds', '0'], /--round-seconds must be a number from 1/],
    [[...DAY, '--budget', '1'], /--budget/],
  ]
  for (const [args, says] of refusals) {
    test(args.join(' '), () => {
      expect(() => parseOptions(args, NOW)).toThrow(UsageError)
      expect(() => parseOptions(args, NOW)).toThrow(says)
    })
  }
})
