import { expect, test } from 'bun:test'
import { notesOf } from './changelog.ts'

const changelog = `# Changelog

## Unreleased

## [1.10.0] - 2026-12-01

### Added

- Tips.

## 1.1.0

- Refunds.

## 1.0.0
`

test('the notes of a version are what stands under its heading', () => {
  expect(notesOf(changelog, '1.10.0')).toBe('### Added\n\n- Tips.')
  expect(notesOf(changelog, '1.1.0')).toBe('- Refunds.')
  expect(notesOf(changelog.replaceAll('\n', '\r\n'), '1.1.0')).toBe('- Refunds.')
})

test('a version that is not there, is there twice or says nothing is refused', () => {
  expect(() => notesOf(changelog, '1.1')).toThrow('no section "## 1.1"')
  expect(() => notesOf(changelog, '2.0.0')).toThrow('no section')
  expect(() => notesOf(`${changelog}\n## 1.1.0\n- Again.`, '1.1.0')).toThrow('two sections')
  expect(() => notesOf(changelog, '1.0.0')).toThrow('lists nothing')
})
