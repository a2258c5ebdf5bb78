import { expect, test } from 'bun:test'
import { ensure, findProgram, installCommand, missingFrom, programs } from '../provision'

const absent = { command: 'no-such-program-anywhere', debianPackage: 'no-such-package', why: 'a trial' }

test('a program on the PATH is found, another is missing', () => {
  expect(findProgram('sh')).toEndWith('/sh')
  expect(missingFrom([{ command: 'sh', debianPackage: 'dash', why: 'a trial' }, absent])).toEqual([absent])
})

test('nothing is done when nothing is missing', async () => {
  expect(await ensure([{ command: 'sh', debianPackage: 'dash', why: 'a trial' }])).toBeUndefined()
})

test('each package is asked for once, without what it merely recommends', () => {
  const command = installCommand([absent, { ...absent, command: 'its-sister' }])
  expect(command.filter((word) => word === absent.debianPackage)).toHaveLength(1)
  expect(command).toContain('--no-install-recommends')
})

test('every program in the table says why it is needed', () => {
  for (const { command, debianPackage, why } of programs) {
    expect(command).not.toBe('')
    expect(debianPackage).not.toBe('')
    expect(why).not.toBe('')
  }
})
