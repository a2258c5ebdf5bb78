import { expect, test } from 'bun:test'
import { VERSION } from './version'

test('the version is that of package.json', async () => {
  expect(VERSION).toBe((await Bun.file('package.json').json()).version)
})
