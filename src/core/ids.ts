import { z } from 'zod'
import { clock } from '#core/clock'

/** So many ids of one millisecond sort as they were made: Bun counts on from anywhere in the lower half of 4,096. */
const IDS_PER_MS_MAX = 2_000
/** The clock may be corrected by a little: ids go on where they were. By more: they follow it. */
const STEP_BACK_MS_MAX = 1_000

let newest = { ms: 0, count: 0 }

/** A new UUIDv7: sorts by time of making, so that ids serve as keyset cursors. */
export const newId = (): string => {
  const nowMs = clock.nowMs()
  if (nowMs > newest.ms || nowMs < newest.ms - STEP_BACK_MS_MAX) newest = { ms: nowMs, count: 0 }
  else if (newest.count >= IDS_PER_MS_MAX) newest = { ms: newest.ms + 1, count: 0 }
  newest.count++
  return Bun.randomUUIDv7('hex', newest.ms)
}

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
