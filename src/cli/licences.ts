/** `bun run licences`: whether every installed package, those of packages too, may be used. Exit code 1 when one may not. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Exceptions, licenceFaults, licenceOf, type Manifest, neededBy } from './delivery/licences.ts'

/** For what is shipped: those that ask for no more than their text to be kept, and those that give everything up. */
const SHIPPED = new Set([
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'ISC',
  'MIT',
  'MIT-0',
  'Unlicense',
])

/** For what builds and tests it, and is passed on to nobody, these too. */
const TOOLS = new Set([...SHIPPED, 'Artistic-2.0', 'CC-BY-3.0', 'CC0-1.0', 'PostgreSQL', 'Python-2.0', 'WTFPL'])

const EXCEPTIONS: Record<'shipped' | 'tools', Exceptions> = { shipped: {}, tools: {} }

const manifestOf = (folder: string): Manifest | undefined => {
  const file = join(folder, 'package.json')
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Manifest) : undefined
}

/** The packages in a node_modules folder, and in those inside them. */
const packagesIn = (modules: string): Manifest[] =>
  readdirSync(modules, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.'))
    .flatMap(({ name }) => {
      if (name.startsWith('@')) return packagesIn(join(modules, name))
      const found = manifestOf(join(modules, name))
      const nested = join(modules, name, 'node_modules')
      return [...(found ? [found] : []), ...(existsSync(nested) ? packagesIn(nested) : [])]
    })

if (!existsSync('node_modules')) {
  console.error('Nothing is installed: bun install --frozen-lockfile')
  process.exit(2)
}
const manifests = packagesIn('node_modules')
const own = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest
const needed = neededBy(Object.keys(own.dependencies ?? {}), manifests)
const shipped = manifests.filter(({ name }) => needed.has(name ?? ''))
const tools = manifests.filter(({ name }) => !needed.has(name ?? ''))
const faults = [
  ...licenceFaults(shipped, SHIPPED, EXCEPTIONS.shipped),
  ...licenceFaults(tools, TOOLS, EXCEPTIONS.tools),
]
const counts = Object.entries(Object.groupBy(manifests, (one) => licenceOf(one) ?? 'none'))
for (const [licence, ones] of counts.sort(([, a], [, b]) => b!.length - a!.length)) {
  console.log(`${String(ones!.length).padStart(4)}  ${licence}`)
}
for (const fault of faults) console.error(`Refused: ${fault}`)
console.log(`${shipped.length} packages are shipped, ${tools.length} are tools; ${faults.length} refused`)
process.exit(faults.length > 0 ? 1 : 0)
