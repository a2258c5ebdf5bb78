import { availableParallelism } from 'node:os'
import pLimit from 'p-limit'
import { Problem } from '#core/problem'

/** OWASP Password Storage Cheat Sheet, argon2id: 19 MiB, 2 passes. */
export const ARGON2ID = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const

// Hashing runs on other threads; one core stays free for the requests, and the memory in use stays bounded.
const HASHING_AT_ONCE = Math.max(1, availableParallelism() - 1)
const WAITING_MAX = 500
const gate = pLimit(HASHING_AT_ONCE)

const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
  if (gate.pendingCount >= WAITING_MAX) {
    throw new Problem(503, 'busy', 'Too many people are signing in right now. Try again shortly.', {
      headers: { 'retry-after': '5' },
    })
  }
  return gate(run)
}

export const hashPassword = (password: string): Promise<string> => inTurn(() => Bun.password.hash(password, ARGON2ID))

/** Compares in the same time whether or not there is such a user. `before` runs when it is this caller's turn. */
export const checkPassword = (
  password: string,
  hash: string | undefined,
  before: () => Promise<void>,
): Promise<boolean> =>
  inTurn(async () => {
    await before()
    const matches = await Bun.password.verify(password, hash ?? (await decoyHash()))
    return matches && hash !== undefined
  })

let decoy: Promise<string> | undefined
const decoyHash = () => (decoy ??= Bun.password.hash('nobody has this password', ARGON2ID))
