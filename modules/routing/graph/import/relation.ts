import type { RawRestriction } from './osm-builder'
import type { Tags } from './osm-data'

type RelationMember = { id: number; role: string; type: string }

const RESTRICTION_KEY = /^restriction(?::([a-z_]+))?$/

export const isRestriction = (tags: Tags): boolean => {
  const type = tags.get('type') ?? ''
  return type === 'restriction' || type.startsWith('restriction:')
}

/** The turn restrictions a relation states: one for each vehicle it names. Conditional ones are left out. */
export const restrictionsOf = (tags: ReadonlyMap<string, string>, members: RelationMember[]): RawRestriction[] => {
  const ways = (role: string) => members.filter((one) => one.role === role && one.type === 'way').map(({ id }) => id)
  const from = ways('from')
  const to = ways('to')
  const viaWays = ways('via')
  const viaNodes = members.filter((one) => one.role === 'via' && one.type === 'node')
  if (!from.length || !to.length || viaNodes.length > 1 || (viaNodes.length === 1) === viaWays.length > 0) return []
  const except = (tags.get('except') ?? '').split(';').map((mode) => mode.trim())
  return [...tags].flatMap(([key, value]) => {
    const match = RESTRICTION_KEY.exec(key)
    if (!match || !/^(no|only)_/.test(value)) return []
    const mode = match[1] ?? tags.get('type')?.split(':')[1] ?? ''
    return [{ isOnly: value.startsWith('only_'), from, to, viaNode: viaNodes[0]?.id ?? 0, viaWays, mode, except }]
  })
}
