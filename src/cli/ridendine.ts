/**
 * The entry of the executable: `ridendine [COMMAND ...]`. Each command is a file that acts when it is loaded, and is
 * loaded only then: a health check does not pay for the server's modules.
 */
const COMMANDS: Record<string, { does: string; run: () => Promise<unknown> }> = {
  serve: { does: 'runs the server (the default)', run: () => import('../main.ts') },
  health: { does: 'asks the server of this machine how it is: health [ready|live]', run: () => import('./health.ts') },
  migrate: { does: 'brings the database at DATABASE_URL up to this version', run: () => import('./migrate.ts') },
  'db:backup': { does: 'a backup of the database at DATABASE_URL (needs pg_dump)', run: () => import('./backup.ts') },
  'db:restore': { does: 'a backup in the place of the database: db:restore FILE', run: () => import('./restore.ts') },
  'db:verify': { does: 'restores the newest backup into a scratch database', run: () => import('./verify.ts') },
  jobs: { does: 'what is to be done, and what could not be: jobs list | retry ID', run: () => import('./jobs.ts') },
  replay: { does: 'recorded days under another policy: replay --help', run: () => import('./replay.ts') },
  'roads:import': { does: 'makes a file of roads of a map: roads:import FILE', run: () => import('./roads.ts') },
  'admin:create': {
    does: 'makes an admin account: admin:create EMAIL FIRST LAST',
    run: () => import('./create-admin.ts'),
  },
}

const usage = () =>
  [
    'Usage: ridendine [COMMAND]',
    ...Object.entries(COMMANDS).map(([name, { does }]) => `  ${name.padEnd(14)}${does}`),
  ].join('\n')

const [name = 'serve'] = process.argv.slice(2)
if (name === '--help' || name === 'help') console.log(usage())
else if (Object.hasOwn(COMMANDS, name)) {
  // What is left are the command's own arguments, at the place where it looks for them when it is run alone.
  process.argv.splice(2, 1)
  await COMMANDS[name]!.run()
} else {
  console.error(`ridendine: there is no command ${name}.\n${usage()}`)
  process.exitCode = 2
}
