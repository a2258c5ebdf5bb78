import { describe, expect, test } from 'bun:test'
import { type Options, parseOptions, UsageError } from './options'

const parsed = (...args: string[]) => parseOptions(args) as Options

test('without options it is a day of 300 orders on this machine', () => {
  expect(parsed()).toMatchObject({
    url: 'http://localhost:9001',
    orders: 300,
    seed: 1,
    speed: 240,
    drivers: 25,
    demo: false,
  })
})

test('the demo has a slower pace and fewer drivers of its own', () => {
  expect(parsed('--demo')).toMatchObject({ demo: true, speed: 10, drivers: 12 })
  expect(parsed('--demo', '--speed', '20')).toMatchObject({ speed: 20 })
})

test('a server whose clock keeps pace is said to, and is not supposed to', () => {
  expect(parsed().keepsPace).toBe(false)
  expect(parsed('--keeps-pace').keepsPace).toBe(true)
})

test('--help is asked for and nothing else', () => {
  expect(parseOptions(['--help'])).toBe('help')
  expect(parseOptions(['-h', '--orders', '5'])).toBe('help')
})

test('a slash at the end of the URL is dropped', () => {
  expect(parsed('--url', 'http://127.0.0.1:9231/').url).toBe('http://127.0.0.1:9231')
  expect(parsed('--url', 'http://[::1]:9231').url).toBe('http://[::1]:9231')
})

describe('what is refused, and in which words', () => {
  const refusals: [args: string[], says: RegExp][] = [
    [['--order', '5'], /--order/],
    [['orders'], /orders/],
    [['--orders', '0'], /--orders must be a whole number from 1/],
    [['--orders', '2.5'], /--orders must be a whole number/],
    [['--orders', ''], /--orders must be/],
    [['--speed', 'fast'], /--speed must be a number from 1 to 1000, not "fast"/],
    [['--seed', '-1'], /--seed/],
    [['--url', 'localhost'], /--url must be a URL/],
    [['--url', 'ftp://localhost'], /http:\/\/ or https:\/\//],
    [['--url', 'https://example.com'], /example\.com is not this machine/],
    [['--url', 'http://127.0.0.1.example.com'], /is not this machine/],
    [['--demo', '--orders', '5'], /no meaning with --demo/],
    [['--demo', '--json', 'x.json'], /no meaning with --demo/],
  ]
  for (const [args, says] of refusals) {
    test(args.join(' '), () => {
      expect(() => parseOptions(args)).toThrow(UsageError)
      expect(() => parseOptions(args)).toThrow(says)
    })
  }
})

test('another machine only when it is said twice', () => {
  expect(parsed('--url', 'https://staging.example.com', '--allow-remote').url).toBe('https://staging.example.com')
})
