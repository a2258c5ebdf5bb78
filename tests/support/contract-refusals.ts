import { expect, test } from 'bun:test'
import { changedTables, marketState } from './contract-state'
import type { Reply } from './market'

/** A request that must be refused: with what, and what the answer may not give away. */
export type Refusal = {
  name: string
  ask: () => Promise<Reply>
  status: number
  slug: string
  /** What else the body says. */
  has?: object
  /** What the whole body, as text, must not hold. */
  hasNot?: string[]
}

/** Every refusal is a problem with its request id, says what it should, and leaves the market as it was. */
export const testRefusals = (refusals: readonly Refusal[]) => {
  for (const { name, ask, status, slug, has = {}, hasNot = [] } of refusals) {
    test(`${name}: ${status} ${slug}`, async () => {
      const before = await marketState()
      const reply = await ask()
      expect(reply).toBeProblem(status, slug)
      for (const text of hasNot) expect(JSON.stringify(reply.body)).not.toContain(text)
      // Last: bun 1.4.5 puts what expect.any() matched in the place of what was received.
      expect(reply.body).toMatchObject(has)
      expect(changedTables(before, await marketState())).toEqual([])
    })
  }
}

/** The body names these fields as wrong, and no others. */
export const fields = (...paths: string[]) => ({
  errors: paths.map((path) => ({ path, message: expect.any(String) as unknown as string })),
})

type Ask = Refusal['ask']

export const refused = (name: string, ask: Ask, status: number, slug: string, has?: object): Refusal => ({
  name,
  ask,
  status,
  slug,
  has,
})

/** Read, but not valid: these fields are named. */
export const invalid = (name: string, ask: Ask, ...paths: string[]) =>
  refused(name, ask, 422, 'invalid-request', fields(...paths))

/** Not even read: these parameters are named. */
export const malformed = (name: string, ask: Ask, ...paths: string[]) =>
  refused(name, ask, 400, 'malformed-parameter', fields(...paths))

/** As the refusal, whose answer must not hold these texts. */
export const hiding = (hasNot: string[], refusal: Refusal): Refusal => ({ ...refusal, hasNot })
