import { expect, test } from 'bun:test'
import { hashToken, Id, newId, newSecretToken, randomCode } from '#core/ids'

test('ids sort by the time they were made, also within a millisecond', () => {
  const ids = Array.from({ length: 50_000 }, newId)
  expect(ids.toSorted()).toEqual(ids)
  expect(new Set(ids).size).toBe(ids.length)
})

test('an id is a UUID, in either case', () => {
  expect(Id.safeParse(newId()).success).toBe(true)
  expect(Id.safeParse(newId().toUpperCase()).success).toBe(true)
  for (const bad of ['1', '', "' or 1=1", `${newId()}x`, 7]) expect(Id.safeParse(bad).success).toBe(false)
})

test('a code has as many letters as asked, of its alphabet, each about as often', () => {
  const counts = new Map<string, number>()
  for (const letter of randomCode(20_000, '0123456789')) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  expect([...counts.keys()].sort().join('')).toBe('0123456789')
  for (const count of counts.values()) expect(count).toBeWithin(1_750, 2_250)
  expect(randomCode(24)).toMatch(/^[2-9A-HJKMNP-Z]{24}$/)
})

test('of a secret token only its hash is kept, and the hash does not tell it', () => {
  const { token, hash } = newSecretToken()
  expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  expect(hashToken(token)).toEqual(hash)
  expect(hash).toHaveLength(32)
  expect(hash.toString('base64url')).not.toBe(token)
  expect(newSecretToken().token).not.toBe(token)
})
