/** A source file as the tidy rules see it: its imports, and its code without comments. */
import { dirname, join } from 'node:path'

/** `path` is relative to the repository, with forward slashes. */
export type Source = { path: string; text: string }

export type Import = {
  /** As written. */
  specifier: string
  /** The imported file relative to the repository, without `.ts`; null for a package. */
  target: string | null
}

/** A test, or something that only tests use: most rules for production code do not bind it. */
export const isTest = ({ path }: Source) => path.startsWith('tests/') || /\.test\.tsx?$/.test(path)

/** NODE_ENV is defined as itself: the transpiler would put its value in, and hide that it is read. */
const transpilers = Object.fromEntries(
  (['ts', 'tsx'] as const).map((loader) => [
    loader,
    new Bun.Transpiler({ loader, target: 'bun', define: { 'process.env.NODE_ENV': 'process.env.NODE_ENV' } }),
  ]),
)
const transpilerFor = (path: string) => transpilers[path.endsWith('x') ? 'tsx' : 'ts']!

const parse = <T>({ path }: Source, read: () => T): T => {
  try {
    return read()
  } catch (cause) {
    throw new Error(`${path} cannot be parsed`, { cause })
  }
}

/** The code without comments and types. Text in quotes is still there. */
export const codeOf = (source: Source): string =>
  parse(source, () => transpilerFor(source.path).transformSync(source.text))

/** The imports that are still there at run time. */
export const valueImportsOf = (source: Source): Import[] => scan(source, source.text)

/**
 * All imports. The scanner leaves out those of types alone, which tie two files together as well: so they are made into
 * imports of values first.
 */
export const importsOf = (source: Source): Import[] => {
  const text = source.text
    .replace(/\b(import|export)\s+type\b(?=\s*[{*]|\s+\w+\s+from\b)/g, '$1')
    .replace(/\b(import|export)\s*\{[^}]*\}\s*from\b/g, (clause) => clause.replace(/\btype\s+(?=\w)/g, ''))
  return scan(source, text)
}

const scan = (source: Source, text: string): Import[] =>
  parse(source, () => transpilerFor(source.path).scanImports(text)).map(({ path: specifier }) => ({
    specifier,
    target: resolveImport(source.path, specifier),
  }))

/** What package.json calls `imports`. */
const aliases: [prefix: string, folder: string][] = [
  ['#core/', 'src/core/'],
  ['#modules/', 'modules/'],
  ['#sql/', 'sql/'],
  ['#support/', 'tests/support/'],
]

export const resolveImport = (from: string, specifier: string): string | null => {
  const alias = aliases.find(([prefix]) => specifier.startsWith(prefix))
  const path = alias
    ? join(alias[1], specifier.slice(alias[0].length))
    : /^\.\.?(\/|$)/.test(specifier) && join(dirname(from), specifier)
  if (!path) return null
  const file = path.replace(/\/$/, '').replace(/\.tsx?$/, '')
  return /^modules\/[^/]+$/.test(file) ? `${file}/index` : file
}
