import { expect, test } from 'bun:test'
import { isAllowed, licenceFaults, licenceOf, type Manifest, neededBy } from './licences.ts'

const allowed = new Set(['MIT', 'Apache-2.0', 'BSD-3-Clause'])

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['MIT AND GPL-3.0-only', false],
  ['(MIT AND BSD-3-Clause) OR GPL-2.0-only', true],
  ['GPL-3.0-or-later', false],
  ['Apache-2.0 WITH LLVM-exception', false],
  ['SEE LICENSE IN LICENSE.md', false],
  ['UNLICENSED', false],
  ['', false],
])('%s', (expression, expected) => {
  expect(isAllowed(expression, allowed)).toBe(expected)
})

test('a licence is found where older packages put it', () => {
  expect(licenceOf({ license: 'MIT' })).toBe('MIT')
  expect(licenceOf({ license: { type: 'MIT' } })).toBe('MIT')
  expect(licenceOf({ licenses: [{ type: 'MIT' }, { type: 'GPL-2.0-only' }] })).toBe('(MIT) OR (GPL-2.0-only)')
  expect(licenceOf({ name: 'x' })).toBeUndefined()
})

test('what is not allowed is named, unless an exception says exactly that', () => {
  const manifests = [
    { name: 'good', version: '1.0.0', license: 'MIT' },
    { name: 'bad', version: '2.0.0', license: 'AGPL-3.0-only' },
    { name: 'silent', version: '3.0.0' },
  ]
  expect(licenceFaults(manifests, allowed, {})).toEqual([
    'bad@2.0.0: AGPL-3.0-only is not allowed',
    'silent@3.0.0: none is not allowed',
  ])
  const looked = { licence: 'none', why: 'its file is the MIT licence' }
  expect(licenceFaults(manifests, allowed, { silent: looked, bad: looked })).toEqual([
    'bad@2.0.0: AGPL-3.0-only is not allowed',
  ])
  expect(licenceFaults(manifests.slice(0, 1), allowed, { silent: looked })).toEqual([
    'silent: the exception is needed by nothing, remove it',
  ])
})

test('what is needed to run is followed through, in circles too', () => {
  const manifests: Manifest[] = [
    { name: 'server', dependencies: { log: '1' }, optionalDependencies: { fast: '1' } },
    { name: 'log', dependencies: { server: '1' } },
    { name: 'linter' },
  ]
  expect([...neededBy(['server'], manifests)].sort()).toEqual(['fast', 'log', 'server'])
})
