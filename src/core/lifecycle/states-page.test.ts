import { expect, test } from 'bun:test'
import { statesPage } from '#core/lifecycle/states-page'

test('docs/states.md says what the tables say (bun run docs writes it)', async () => {
  expect(await Bun.file('docs/states.md').text()).toBe(statesPage())
})
