/** What goes into the executable; the bill of materials is made from the same bundle. */
export const bundle = {
  entrypoints: ['src/cli/ridendine.ts'],
  target: 'bun',
  minify: true,
  // So that a stack in the log names our lines.
  sourcemap: 'linked',
  // For people at a terminal; it is a development dependency, and loaded only when LOG_FORMAT=pretty.
  external: ['pino-pretty'],
} satisfies Bun.BuildConfig
