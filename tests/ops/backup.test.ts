/** db:backup, db:restore and db:verify as they are run, against Debian's Postgres with its pg_dump. */
import { expect, test } from 'bun:test'
import { copyFileSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { checksumPath, filesOf } from '#core/backup/files'
import { manifestPath } from '#core/backup/manifest'
import { MIGRATIONS, migrate } from '#core/migrations'
import { useBackups } from '../support/backup-cases'
import {
  backupsIn,
  contentsOf,
  databaseCommand,
  type Environment,
  filesIn,
  openSql,
  rewriteManifest,
  startProgram,
} from '../support/backup-market'
import { startLoad } from '../support/chaos-load'
import { startServer, until } from '../support/chaos-server'

const backups = useBackups()
const { environment, backup, restore, onlyBackup, copyOfGood, expectUntouched } = backups

const verify = (args: string[] = [], more: Environment = {}) => databaseCommand('verify', args, environment(more))

for (const format of ['sql', 'custom']) {
  test(`a backup (${format}), the loss of everything, a restore: all is as it was`, async () => {
    const made = await backup(['--format', format])
    expect(made).toMatchObject({ code: 0, output: expect.stringContaining('checked') })
    const file = onlyBackup()
    expect(basename(file)).toMatch(
      format === 'sql' ? /^ridendine_\d{8}_\d{6}\.sql\.gz$/ : /^ridendine_\d{8}_\d{6}\.dump$/,
    )
    expect(filesIn(backups.dir)).toEqual(
      filesOf(file)
        .map((path) => basename(path))
        .sort(),
    )

    const sql = openSql(backups.market.url)
    await sql.unsafe('drop schema public cascade; create schema public')
    await sql.end({ timeout: 1 })
    const restored = await restore([file, '--yes'])
    expect(restored).toMatchObject({ code: 0 })
    expect(await contentsOf(backups.market.url)).toEqual(backups.before)

    const kept = /drop database "(ridendine_before_restore_\d{8}_\d{6})"/.exec(restored.output)?.[1]
    expect(await backups.market.databases()).toEqual(['ridendine', kept!])
    expect(await contentsOf(backups.market.pg.urlOf(kept!))).toEqual({})
    console.log(`    ${format}: backup ${made.seconds.toFixed(1)} s, restore ${restored.seconds.toFixed(1)} s`)
  })
}

test('the manifest says what is inside, and sha256sum agrees', async () => {
  const manifest = JSON.parse(readFileSync(manifestPath(backups.good), 'utf8'))
  expect(manifest).toMatchObject({
    format: 1,
    file: basename(backups.good),
    dumpFormat: 'sql',
    encryption: null,
    leftOut: ['public.backup_runs'],
  })
  expect(manifest.migrations.map(({ name }: { name: string }) => name)).toEqual(MIGRATIONS.map(({ name }) => name))
  const counts = Object.fromEntries(
    manifest.tables.map((table: { name: string; rowCount: number }) => [
      table.name.replace('public.', ''),
      table.rowCount,
    ]),
  )
  expect(counts).toEqual(
    Object.fromEntries(Object.entries(backups.before).map(([name, said]) => [name, Number.parseInt(said, 10)])),
  )
  expect(counts.orders).toBeGreaterThan(20)
  expect(counts.refunds).toBe(1)
  const checked = await startProgram(
    ['sh', '-c', `cd ${join(backups.good, '..')} && sha256sum -c ${basename(checksumPath(backups.good))}`],
    {},
  ).ended()
  expect(checked).toMatchObject({ code: 0 })
})

test('a market that goes on while it is backed up and restored: the backup is one instant, the server finds its way back', async () => {
  const url = await backups.market.clone('busy')
  const server = await startServer({ databaseUrl: url })
  await server.ready()
  const scrape = async () => {
    const text = await (await fetch(`${server.base}/metrics`)).text()
    return (name: string) => Number(new RegExp(`^ridendine_backup_${name} (\\S+)$`, 'm').exec(text)?.[1])
  }
  expect((await scrape())('last_success_timestamp_seconds{kind="backup"}')).toBe(0)
  const load = startLoad({ ...backups.market.town, couriers: [] }, () => server.base, { until: 'placed' })
  await until('orders are placed', () => load.orders.size > 5, 30)
  const settings = { DATABASE_URL: url }
  expect(await backup([], settings)).toMatchObject({ code: 0 })
  await until('more orders are placed', () => load.orders.size > 10, 30)
  expect(await verify([], settings)).toMatchObject({ code: 0, output: expect.stringContaining('all rules hold') })

  const now = Date.now() / 1000
  const metric = await scrape()
  for (const kind of ['backup', 'verify']) {
    expect(Math.abs(metric(`last_success_timestamp_seconds{kind="${kind}"}`) - now)).toBeLessThan(60)
    expect(metric(`size_bytes{kind="${kind}"}`)).toBe(Bun.file(onlyBackup()).size)
    expect(metric(`duration_seconds{kind="${kind}"}`)).toBeGreaterThan(0)
  }

  expect(await restore([onlyBackup(), '--yes'], settings)).toMatchObject({ code: 0 })
  const healedMs = await until('the server is ready', async () => (await fetch(`${server.base}/health/ready`)).ok, 20)
  await load.stop()
  // A restored database has had no backup: the one that its file came from must not count.
  expect((await scrape())('last_success_timestamp_seconds{kind="backup"}')).toBe(0)
  console.log(`    the server was ready ${healedMs.toFixed(0)} ms after the restore`)
  server.kill('SIGTERM')
  await server.exited()
  await backups.market.drop(/^busy/)
})

test('a verification finds what a restore does not look for: other contents, broken rules', async () => {
  const file = copyOfGood()
  await rewriteManifest(file, ({ tables }) => {
    const table = tables.find(({ name }) => name === 'public.payments')!
    Object.assign(table.checksum, { value: '1' })
  })
  const other = await verify([file])
  expect(other).toMatchObject({ code: 1, output: expect.stringContaining('public.payments has other contents') })

  const url = await backups.market.clone('broken')
  const sql = openSql(url)
  await sql`update orders set refunded_cents = refunded_cents + 1 where id = (select min(id::text)::uuid from orders)`
  await sql.begin(async (tx) => {
    await tx`set local ridendine.retention = 'on'`
    await tx`delete from events where seq = 3`
  })
  await sql.end({ timeout: 1 })
  const settings = { DATABASE_URL: url }
  expect(await backup([], settings)).toMatchObject({ code: 0 })
  rmSync(file)
  const ran = await verify([], settings)
  expect(ran.code).toBe(1)
  expect(ran.output).toContain('broken: what was given back is the sum of the refunds')
  expect(ran.output).toContain('broken: events are numbered without a gap')
  expect(await backups.market.databases()).toEqual(['broken', 'ridendine'])
  await backups.market.drop(/^broken/)
})

test('retention removes the oldest, with their manifests, and never the newest; a failed backup removes nothing', async () => {
  const old = copyOfGood()
  for (const day of ['20200101', '20200102']) {
    for (const path of filesOf(old)) copyFileSync(path, join(backups.dir, basename(path).replace(/\d{8}/, day)))
  }
  expect(backupsIn(backups.dir)).toHaveLength(3)
  expect(await backup(['--keep', '1'], { PG_DUMP: '/nowhere/pg_dump' })).toMatchObject({ code: 1 })
  expect(backupsIn(backups.dir)).toHaveLength(3)
  expect(await backup(['--keep-days', '30'])).toMatchObject({
    code: 0,
    output: expect.stringMatching(/Removed.*20200102.*20200101/),
  })
  expect(backupsIn(backups.dir)).toHaveLength(2)
  expect(await backup(['--keep', '1'])).toMatchObject({ code: 0 })
  expect(filesIn(backups.dir)).toHaveLength(3)
})

test('into a database of another name, which nobody has to confirm; the market goes on', async () => {
  expect(await restore([backups.good, '--into', 'Ride-n-dine_2'])).toMatchObject({ code: 0 })
  expect(await contentsOf(backups.market.pg.urlOf('Ride-n-dine_2'))).toEqual(backups.before)
  await backups.market.drop(/^Ride-n-dine_2$/)
  await expectUntouched()
  expect(await restore([backups.good, '--into', 'a"b'])).toMatchObject({ code: 2 })
  expect(await restore([backups.good, '--into', 'postgres', '--yes'])).toMatchObject({ code: 2 })
})

test('owner, settings and rights of a database stay with its name', async () => {
  const url = await backups.market.clone('owned')
  await backups.market.admin.unsafe(`create role keeper; alter database owned owner to keeper; alter database owned set work_mem = '5MB';
    revoke connect on database owned from public; grant connect on database owned to keeper`)
  const read = async () =>
    (
      await backups.market
        .admin`select pg_get_userbyid(datdba) as owner, array(select unnest(datacl)::text order by 1) as rights,
      (select setconfig::text from pg_db_role_setting where setdatabase = d.oid) as settings from pg_database d where datname = 'owned'`
    )[0]
  const had = await read()
  expect(await restore([backups.good, '--yes'], { DATABASE_URL: url })).toMatchObject({ code: 0 })
  expect(await read()).toEqual(had)
  await backups.market.drop(/^owned/)
  await backups.market.admin`drop role keeper`
})

test('a database from before backup_runs is backed up too, and told that it was not recorded', async () => {
  await backups.market.admin`create database old`
  const url = backups.market.pg.urlOf('old')
  await migrate(url, MIGRATIONS.slice(0, 6))
  expect(await backup([], { DATABASE_URL: url })).toMatchObject({
    code: 0,
    output: expect.stringContaining('Not recorded for /metrics'),
  })
  const ran = await restore([onlyBackup(), '--yes'], { DATABASE_URL: url })
  expect(ran).toMatchObject({ code: 0, output: expect.stringContaining('0009-backup-runs') })
  await backups.market.drop(/^old/)
})

test('the executable that goes into the image does the same', async () => {
  const executable = join(backups.market.folder, 'ridendine')
  const build = [process.execPath, 'src/cli/build.ts', '--outfile', executable]
  expect(await startProgram(build, {}).ended()).toMatchObject({ code: 0 })
  const run = (...args: string[]) => startProgram([executable, ...args], environment()).ended()
  expect(await run('db:backup', '--out', backups.dir)).toMatchObject({ code: 0 })
  expect(await run('db:verify')).toMatchObject({ code: 0, output: expect.stringContaining('all rules hold') })
  expect(await run('db:restore', onlyBackup(), '--into', 'by_executable')).toMatchObject({ code: 0 })
  await backups.market.drop(/^by_executable$/)
})

test('wrong usage is said, with exit code 2; no setting, with 1', async () => {
  for (const args of [['--keep', '0'], ['--format', 'tar'], ['--no-such-option'], ['surplus']]) {
    expect(await backup(args)).toMatchObject({ code: 2, output: expect.stringContaining('Usage: bun run db:backup') })
  }
  expect(await backup([], { DATABASE_URL: undefined })).toMatchObject({
    code: 1,
    output: expect.stringContaining('DATABASE_URL: is required'),
  })
  expect(await verify()).toMatchObject({ code: 1, output: expect.stringContaining('There is no whole backup') })
})
