import type { Tags } from '../osm-data'

/** A value for each direction of a way. */
export type Both<T> = { forward: T; backward: T }

/** The first of several keys that is there, for each direction; `key:forward` comes before `key`. */
export const directed = (tags: Tags, keys: readonly string[]): Both<string | undefined> => {
  let forward: string | undefined
  let backward: string | undefined
  for (const key of keys) {
    const common = tags.get(key)
    forward ??= tags.get(`${key}:forward`) ?? common
    backward ??= tags.get(`${key}:backward`) ?? common
    if (forward !== undefined && backward !== undefined) break
  }
  return { forward, backward }
}

/** The first of several keys that is there. */
export const firstOf = (tags: Tags, keys: readonly string[]): string | undefined => {
  for (const key of keys) {
    const value = tags.get(key)
    if (value !== undefined) return value
  }
}
