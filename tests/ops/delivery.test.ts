/** What the workflows call, run here as they call it: schema check, licences, release notes, the pin of an image. */
import { afterAll, expect, test } from 'bun:test'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { chaosFolder } from '../support/chaos-postgres'
import { repository, spawnScript } from '../support/chaos-server'
import { kustomize } from '../support/kubectl'

const scratch = chaosFolder('delivery')
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const secondsMax = 60

const run = async (script: string, args: string[], cwd = repository) => {
  const child = spawnScript([join(repository, 'src/cli', script), ...args], {}, cwd)
  return { exit: await child.exited(secondsMax), output: child.output() }
}

const git = (cwd: string, ...args: string[]) => {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@localhost', '-c', 'commit.gpgsign=false']
  const { exitCode, stderr } = Bun.spawnSync(['git', ...who, ...args], { cwd })
  if (exitCode !== 0) throw new Error(stderr.toString())
}

/** A repository of two migrations that have landed, and the files of a change that has not. */
const repositoryWith = (name: string, change: Record<string, string>) => {
  const folder = join(scratch, name)
  const migrations = join(folder, 'sql/migrations')
  mkdirSync(migrations, { recursive: true })
  const write = (files: Record<string, string>) => {
    for (const [file, sql] of Object.entries(files)) writeFileSync(join(migrations, file), sql)
  }
  write({
    '0001-cakes.sql': 'create table cakes (id bigint primary key, name text not null, note text);',
    '0002-slices.sql': 'create table slices (cake_id bigint references cakes);',
  })
  git(folder, 'init', '--quiet')
  git(folder, 'add', '.')
  git(folder, 'commit', '--quiet', '-m', 'Landed')
  write(change)
  return folder
}

test('the migrations here may follow those of the newest commit', async () => {
  const { exit, output } = await run('schema-check.ts', ['--against', 'HEAD'])
  expect(output).toContain('They may follow.')
  expect(exit).toBe(0)
})

test('a migration that only adds may follow, and what it adds is told', async () => {
  const folder = repositoryWith('adds', { '0003-icing.sql': 'alter table cakes add column icing text;' })
  const { exit, output } = await run('schema-check.ts', ['--against', 'HEAD'], folder)
  expect(output).toContain('Migrations: 2 at HEAD')
  expect(output).toContain('+ column public.cakes.icing\n')
  expect(output).toContain('They may follow.')
  expect(exit).toBe(0)
})

test('a migration that landed and was edited is refused', async () => {
  const folder = repositoryWith('edits', { '0002-slices.sql': 'create table slices (cake_id bigint, size int);' })
  const { exit, output } = await run('schema-check.ts', ['--against', 'HEAD'], folder)
  expect(output).toContain('Refused: 0002-slices has landed and was edited')
  expect(exit).toBe(1)
})

test('what takes from the version before, and what ends differently each time, is refused', async () => {
  const drifting = "do $$ begin execute format('create table t_%s ()', (random() * 1e9)::bigint); end $$;"
  const folder = repositoryWith('drifts', { '0003-less.sql': `alter table cakes drop column note;\n${drifting}` })
  const { exit, output } = await run('schema-check.ts', ['--against', 'HEAD'], folder)
  expect(output).toContain('Refused: column public.cakes.note is gone: say in the migration why')
  expect(output).toContain(
    'Refused: A database that is brought up to date is not the one that is made anew: table public.t_',
  )
  expect(exit).toBe(1)
})

test('a commit that is not there is a question that cannot be asked', async () => {
  const { exit, output } = await run('schema-check.ts', ['--against', 'no-such-branch'])
  expect(output).toContain('no-such-branch')
  expect(exit).toBe(2)
})

test('every installed package may be used', async () => {
  const { exit, output } = await run('licences.ts', [])
  expect(output).toMatch(/^[1-9]\d+ packages are shipped, [1-9]\d+ are tools; 0 refused$/m)
  expect(exit).toBe(0)
})

test('a package under another licence is refused, and named', async () => {
  const folder = join(scratch, 'licences')
  const write = (path: string, manifest: object) => {
    mkdirSync(join(folder, path), { recursive: true })
    writeFileSync(join(folder, path, 'package.json'), JSON.stringify(manifest))
  }
  write('.', { dependencies: { server: '1.0.0' } })
  write('node_modules/server', { name: 'server', version: '1.0.0', license: 'MIT', dependencies: { '@deep/one': '1' } })
  write('node_modules/server/node_modules/@deep/one', { name: '@deep/one', version: '1.2.3', license: 'Artistic-2.0' })
  write('node_modules/tool', { name: 'tool', version: '2.0.0', license: 'Artistic-2.0' })
  const { exit, output } = await run('licences.ts', [], folder)
  expect(output).toContain('Refused: @deep/one@1.2.3: Artistic-2.0 is not allowed')
  expect(output).toContain('2 packages are shipped, 1 are tools; 1 refused')
  expect(exit).toBe(1)
})

test('the notes of a release are the changelog of its tag; another tag is refused', async () => {
  const folder = join(scratch, 'notes')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"version":"1.2.3"}')
  writeFileSync(join(folder, 'CHANGELOG.md'), '# Changelog\n\n## 1.2.3\n\n- Tips.\n\n## 1.2.2\n\n- Less.\n')
  expect(await run('release-notes.ts', ['v1.2.3'], folder)).toEqual({ exit: 0, output: '- Tips.\n' })
  const { exit, output } = await run('release-notes.ts', ['v1.2.2'], folder)
  expect(output).toContain('is not v1.2.3')
  expect(exit).toBe(1)
})

test.each(['staging', 'production'])('%s: a pinned image is what kustomize renders', async (overlay) => {
  const folder = join(scratch, `pin-${overlay}`)
  cpSync(join(repository, 'deploy/kubernetes'), join(folder, 'deploy/kubernetes'), { recursive: true })
  const reference = `registry.internal/market/ridendine:1.2.3@sha256:${'5a'.repeat(32)}`
  const { exit, output } = await run('pin-image.ts', [overlay, 'ridendine', reference], folder)
  expect(output).toContain(`ridendine is ${reference}`)
  expect(exit).toBe(0)
  const rendered = await kustomize(join(folder, 'deploy/kubernetes/overlays', overlay))
  const images = [...rendered.matchAll(/^ +(?:- )?image: (.*)$/gm)].map(([, image]) => image!)
  const ours = images.filter((image) => /\/ridendine[:@]/.test(image))
  // Four parts of the market, and the job that migrates.
  expect(ours).toEqual(Array.from({ length: 5 }, () => reference))
  expect(images.some((image) => image.includes('ridendine-backup') && !image.includes('5a5a'))).toBe(true)
})

test('a pin without a digest changes nothing', async () => {
  const { exit, output } = await run('pin-image.ts', ['staging', 'ridendine', 'registry.internal/ridendine:1.2.3'])
  expect(output).toContain('is not of the form')
  expect(exit).toBe(1)
})
