import parseExpression, { type Info as Expression } from 'spdx-expression-parse'

/** What a package.json says of its licence; older ones say it in other ways. */
export type Manifest = {
  name?: string
  version?: string
  license?: string | { type?: string }
  licenses?: { type?: string }[]
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
}

/** The licence that a manifest names, as an SPDX expression; undefined when it names none. */
export const licenceOf = ({ license, licenses }: Manifest): string | undefined => {
  const named = typeof license === 'object' ? license.type : license
  if (named) return named
  const several = (licenses ?? []).flatMap(({ type }) => (type ? [type] : []))
  return several.length > 0 ? several.map((one) => `(${one})`).join(' OR ') : undefined
}

/** Whether an expression can be kept with the allowed licences alone. What is no SPDX expression cannot. */
export const isAllowed = (expression: string, allowed: ReadonlySet<string>): boolean => {
  try {
    return holds(parseExpression(expression), allowed)
  } catch {
    return false
  }
}

const holds = (expression: Expression, allowed: ReadonlySet<string>): boolean => {
  if ('license' in expression) return allowed.has(expression.license) && !expression.exception
  const { left, conjunction, right } = expression
  return conjunction === 'and'
    ? holds(left, allowed) && holds(right, allowed)
    : holds(left, allowed) || holds(right, allowed)
}

/** What `roots` need to run, themselves included, by the dependencies that manifests name; optional ones too. */
export const neededBy = (roots: readonly string[], manifests: readonly Manifest[]): Set<string> => {
  const needed = new Set<string>()
  const visit = (name: string) => {
    if (needed.has(name)) return
    needed.add(name)
    for (const one of manifests.filter((manifest) => manifest.name === name)) {
      for (const next of Object.keys({ ...one.dependencies, ...one.optionalDependencies })) visit(next)
    }
  }
  for (const root of roots) visit(root)
  return needed
}

/** A package whose manifest says nothing usable, or something that was looked at: by name, with what was found. */
export type Exceptions = Readonly<Record<string, { licence: string; why: string }>>

/** A sentence for each package that may not be used, and for each exception that nothing needs any more. */
export const licenceFaults = (
  manifests: readonly Manifest[],
  allowed: ReadonlySet<string>,
  exceptions: Exceptions,
): string[] => {
  const refused = manifests.filter((one) => !isAllowed(licenceOf(one) ?? '', allowed))
  const unused = Object.keys(exceptions).filter((name) => !refused.some((one) => one.name === name))
  return [
    ...refused
      .filter((one) => exceptions[one.name ?? '']?.licence !== (licenceOf(one) ?? 'none'))
      .map((one) => `${one.name}@${one.version}: ${licenceOf(one) ?? 'none'} is not allowed`),
    ...unused.map((name) => `${name}: the exception is needed by nothing, remove it`),
  ]
}
