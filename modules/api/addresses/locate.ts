import { invalid } from '#core/problem'
import { countUse, type RateLimit } from '#core/rate-limit'
import type { Actor } from '#core/tokens'
import { routing } from '#modules/routing/index'
import type { AddressInput, Located } from './schema.ts'

/** Each may cost money, or a turn that somebody else waits for. */
const LOOK_UPS: RateLimit = { name: 'address-look-ups', max: 30, windowSeconds: 600 }

/**
 * An address with its place: as it was sent, or else as the geocoder knows it. Never in a transaction: it may take its
 * time. Throws the problems 422 `unknown-address` and 503 `geocoder-unavailable`.
 */
export const locate = async (actor: Actor, address: AddressInput, path: string): Promise<Located> => {
  const { coordinates, ...lines } = address
  if (coordinates) return { ...lines, coordinates }
  await countUse(LOOK_UPS, actor.userId)
  const { outcome, place } = await routing.findAddress(lines)
  if (place) return { ...lines, coordinates: place }
  if (outcome === 'not-configured') {
    throw invalid(`${path}.coordinates`, 'is required: this server has no geocoder to look addresses up with')
  }
  throw invalid(path, 'Nobody knows this address. Correct it, or send its coordinates.', 'unknown-address')
}
