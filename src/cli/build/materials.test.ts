import { expect, test } from 'bun:test'
import { type Component, completed, type Lockfile } from './materials'

const lockfile: Lockfile = {
  packages: {
    zod: ['zod@4.6.7', '', {}, 'sha512-AQI='],
    '@pinojs/redact': ['@pinojs/redact@0.4.0', '', {}, 'sha512-/w=='],
  },
  patchedDependencies: { 'zod@4.6.7': 'patches/zod@4.6.7.patch' },
}

test('components get the hash of the lockfile, a note where they are patched, and Bun beside them', () => {
  const components: Component[] = [
    { type: 'library', name: 'zod', version: '4.6.7' },
    { type: 'library', group: '@pinojs', name: 'redact', version: '0.4.0' },
  ]
  const [zod, redact, bun, ...others] = completed({ components }, lockfile, '1.4.5').components
  expect(zod!.hashes).toEqual([{ alg: 'SHA-512', content: '0102' }])
  expect(zod!.pedigree).toEqual({ notes: 'Patched here: patches/zod@4.6.7.patch' })
  expect([redact!.hashes![0]!.content, redact!.pedigree]).toEqual(['ff', undefined])
  expect([bun!.purl, others]).toEqual(['pkg:github/oven-sh/bun@bun-v1.4.5', []])
})

test('a component that no lockfile knows is a fault', () => {
  const components = [{ type: 'library', name: 'zod', version: '4.6.6' }]
  expect(() => completed({ components }, lockfile, '1.4.5')).toThrow('zod@4.6.6 is in the executable')
})
