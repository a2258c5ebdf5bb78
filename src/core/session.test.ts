import { expect, test } from 'bun:test'
import { parseConfig, setConfig } from '#core/config'
import { clientAddress } from '#core/session'

const CALLER = '203.0.113.7'
const server = { requestIP: () => ({ address: CALLER }) }

const addressOf = (trustedProxies: number, forwarded?: string) => {
  setConfig(parseConfig({ NODE_ENV: 'test', TRUSTED_PROXY_COUNT: String(trustedProxies) }))
  const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }
  return clientAddress(new Request('http://localhost/', { headers }), server)
}

test('with no proxy of ours, what a caller says of himself counts for nothing', () => {
  expect(addressOf(0)).toBe(CALLER)
  expect(addressOf(0, '198.51.100.1')).toBe(CALLER)
})

test('behind our proxies it is the last address that none of them could be told', () => {
  expect(addressOf(1, '198.51.100.1')).toBe('198.51.100.1')
  expect(addressOf(1, 'made-up, 198.51.100.1')).toBe('198.51.100.1')
  expect(addressOf(2, 'made-up, 198.51.100.1, 10.0.0.2')).toBe('198.51.100.1')
})

test('who came past fewer proxies than there are is the one who connected', () => {
  expect(addressOf(2, '198.51.100.1')).toBe(CALLER)
  expect(addressOf(1)).toBe(CALLER)
})

test('a server that cannot say still gives an address to count by', () => {
  setConfig(parseConfig({ NODE_ENV: 'test' }))
  expect(clientAddress(new Request('http://localhost/'), null)).toBe('unknown')
})
