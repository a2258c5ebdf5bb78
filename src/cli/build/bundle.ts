/** What goes into the executable; the bill of materials is made from the same bundle. */
export const bundle = {
  // Those after the first are threads of their own: core/thread finds them by these paths.
  entrypoints: ['src/cli/ridendine.ts', 'modules/routing/speeds/worker.ts', 'modules/dispatch/planning/worker.ts'],
  target: 'bun',
  minify: true,
  // So that a stack in the log names our lines.
  sourcemap: 'linked',
  // For people at a terminal; it is a development dependency, and loaded only when LOG_FORMAT=pretty.
  external: ['pino-pretty'],
} satisfies Bun.BuildConfig
