/** Of a CycloneDX document, what is read and written here. */
export type Component = {
  type: string
  name: string
  group?: string
  version?: string
  purl?: string
  'bom-ref'?: string
  hashes?: { alg: string; content: string }[]
  pedigree?: { notes: string }
}
export type Bill = { components: Component[] }

/** Of bun.lock: each package as [name@version, registry, details, integrity], and which are patched. */
export type Lockfile = {
  packages: Record<string, [id: string, registry?: unknown, details?: unknown, integrity?: string]>
  patchedDependencies?: Record<string, string>
}

const INTEGRITY = /^sha512-(.+)$/

/**
 * The bill with what the bundler cannot know: the hash of each package as published, which of them are patched here, and
 * the Bun that the executable is made of. Throws for a component that is not in the lockfile.
 */
export const completed = <B extends Bill>(bill: B, lockfile: Lockfile, bunVersion: string): B => {
  const integrities = new Map(Object.values(lockfile.packages).map(([id, , , integrity]) => [id, integrity]))
  const components = bill.components.map((component) => {
    const id = `${component.group ? `${component.group}/` : ''}${component.name}@${component.version}`
    const [, hash] = INTEGRITY.exec(integrities.get(id) ?? '') ?? []
    if (!hash) throw new Error(`${id} is in the executable and not in bun.lock`)
    const patch = lockfile.patchedDependencies?.[id]
    return {
      ...component,
      hashes: [{ alg: 'SHA-512', content: Buffer.from(hash, 'base64').toString('hex') }],
      ...(patch ? { pedigree: { notes: `Patched here: ${patch}` } } : {}),
    }
  })
  const bun = {
    type: 'framework',
    name: 'bun',
    version: bunVersion,
    'bom-ref': `bun@${bunVersion}`,
    purl: `pkg:github/oven-sh/bun@bun-v${bunVersion}`,
  }
  return { ...bill, components: [...components, bun] }
}
