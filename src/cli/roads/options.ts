import { parseArgs } from 'node:util'
import { PROFILES, type Profile } from '#modules/routing/graph/road-graph'

export const HELP = `Usage: bun run roads:import FILE [options]

Makes a file of roads for routing (ROADS) out of a map: an OpenStreetMap extract (.osm.pbf, .osm, .osm.gz) or a street network
in GeoJSON.

  --out FILE         where it goes                             (roads.bin)
  --profiles LIST    who it is for: car,scooter,bike,foot      (all of them)
  --left             traffic keeps to the left`

/** Wrong usage: the message, then the help. */
export class UsageError extends Error {}

export type Options = { file: string; out: string; profiles: readonly Profile[]; isLeftHand: boolean }

/** Throws UsageError. */
export const parseOptions = (args: readonly string[]): Options | 'help' => {
  const { values, positionals } = parsed(args)
  if (values.help) return 'help'
  const [file, ...more] = positionals
  if (!file) throw new UsageError('Which file?')
  if (more.length > 0) throw new UsageError(`Too much: ${more.join(' ')}`)
  return { file, out: values.out, profiles: profilesIn(values.profiles), isLeftHand: values.left }
}

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: 'string', default: 'roads.bin' },
        profiles: { type: 'string', default: PROFILES.join(',') },
        left: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

const isProfile = (name: string): name is Profile => PROFILES.some((profile) => profile === name)

const profilesIn = (list: string): Profile[] => {
  const names = [...new Set(list.split(',').map((name) => name.trim()))]
  return names.map((name) => {
    if (isProfile(name)) return name
    throw new UsageError(`--profiles knows ${PROFILES.join(', ')}, not ${JSON.stringify(name)}.`)
  })
}
