import { z } from 'zod'
import { clock } from '#core/clock'

/** A new UUIDv7: sorts by time of making, so that ids serve as keyset cursors. */
export const newId = (): string => Bun.randomUUIDv7('hex', clock.nowMs())

export const Id = z.uuid().meta({ examples: ['01937f5a-7b1c-7c3e-9d2a-5f0e8b6a4c21'] })

const CODE_ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ'

/** Letters and digits that cannot be mistaken for each other, evenly drawn. */
export const randomCode = (length: number, alphabet = CODE_ALPHABET): string => {
  const limit = 256 - (256 % alphabet.length)
  let code = ''
  while (code.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      if (byte < limit && code.length < length) code += alphabet[byte % alphabet.length]
    }
  }
  return code
}

/** An unguessable token to hand out, and its SHA-256, which is all we keep. */
export const newSecretToken = () => {
  const token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url')
  return { token, hash: hashToken(token) }
}

export const hashToken = (token: string): Buffer => Buffer.from(new Bun.CryptoHasher('sha256').update(token).digest())
