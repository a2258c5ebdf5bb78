import { expect, test } from 'bun:test'
import { checkPassword, hashPassword } from './passwords.ts'

const nothing = async () => {}

test('is kept as argon2id with 19 MiB and two passes, salted', async () => {
  const [one, other] = await Promise.all([hashPassword('Password123!'), hashPassword('Password123!')])
  expect(one).toStartWith('$argon2id$v=19$m=19456,t=2,p=1$')
  expect(one).not.toContain('Password123!')
  expect(other).not.toBe(one)
})

test('only the very same password opens', async () => {
  const hash = await hashPassword('Lösenord 123 \u{1F511}')
  expect(await checkPassword('Lösenord 123 \u{1F511}', hash, nothing)).toBe(true)
  expect(await checkPassword('lösenord 123 \u{1F511}', hash, nothing)).toBe(false)
  expect(await checkPassword('Lösenord 123 \u{1F511} ', hash, nothing)).toBe(false)
})

test('where there is no such account nothing opens, not even the password that is compared with instead', async () => {
  expect(await checkPassword('Password123!', undefined, nothing)).toBe(false)
  expect(await checkPassword('nobody has this password', undefined, nothing)).toBe(false)
})

test('whoever is refused beforehand costs no hashing', async () => {
  const refuse = async () => {
    throw new Error('too many attempts')
  }
  await expect(checkPassword('Password123!', 'not even a hash', refuse)).rejects.toThrow('too many attempts')
})

test('when too many wait, the next is sent away at once instead of joining them', async () => {
  const turns: (() => void)[] = []
  const inTurn = () => new Promise<void>((_, refuse) => turns.push(() => refuse(new Error('done'))))
  const waiting: Promise<unknown>[] = []
  const refusals: { status: number; slug: string }[] = []
  for (let i = 0; i < 600; i++) {
    try {
      waiting.push(checkPassword('Password123!', undefined, inTurn).catch(() => {}))
    } catch (error) {
      refusals.push(error as { status: number; slug: string })
    }
  }
  expect(waiting.length).toBeLessThan(520)
  expect(refusals.length).toBe(600 - waiting.length)
  expect(refusals[0]).toMatchObject({ status: 503, slug: 'busy' })
  let ended = false
  const all = Promise.all(waiting).then(() => {
    ended = true
  })
  while (!ended) {
    for (const end of turns.splice(0)) end()
    await new Promise(setImmediate)
  }
  await all
  expect(await checkPassword('Password123!', undefined, nothing)).toBe(false)
})
