/** What goes wrong with backups and restores: each is refused or survived, in clear words, with nothing harmed. */
import { expect, test } from 'bun:test'
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { BackupError } from '#core/backup/fault'
import { checksumPath } from '#core/backup/files'
import { manifestPath } from '#core/backup/manifest'
import { restore as restoreBackup } from '#core/backup/restore'
import { useBackups } from '../support/backup-cases'
import {
  backupsIn,
  contentsOf,
  filesIn,
  openSql,
  rewriteManifest,
  startDatabaseCommand,
  toolsWith,
} from '../support/backup-market'
import { until } from '../support/chaos-server'

const backups = useBackups({ withOrders: false })
const { environment, backup, restore, copyOfGood, expectUntouched } = backups

/** In this process: for what is tried many times. */
const restoreHere = (file: string, more: { DATABASE_URL?: string }) =>
  restoreBackup({
    settings: {
      DATABASE_URL: backups.market.url,
      BACKUP_DIR: backups.dir,
      BACKUP_FORMAT: 'sql',
      BACKUP_RECIPIENTS: [],
      ...more,
    },
    file,
    into: 'ridendine',
    identities: [],
    confirm: async () => true,
    say: () => {},
    terminal: { write: () => {} },
    signal: new AbortController().signal,
  })

type Refusal = {
  name: string
  hurt: (file: string) => unknown
  says: RegExp
  more?: () => { DATABASE_URL: string }
}

const refusals: Refusal[] = [
  {
    name: 'a file that was cut off',
    hurt: (file) => truncateSync(file, 10_000),
    says: /has 10000 bytes, its manifest says .*cut off/,
  },
  {
    name: 'a file with one flipped bit',
    hurt: (file) => {
      const bytes = readFileSync(file)
      bytes[bytes.length >> 1]! ^= 1
      writeFileSync(file, bytes)
    },
    says: /is damaged: its SHA-256 checksum/,
  },
  {
    name: 'a backup without its manifest',
    hurt: (file) => rmSync(manifestPath(file)),
    says: /manifest\.json is missing/,
  },
  { name: 'a backup without its checksum', hurt: (file) => rmSync(checksumPath(file)), says: /sha256 is missing/ },
  {
    name: 'a manifest that was edited',
    hurt: (file) =>
      writeFileSync(
        manifestPath(file),
        readFileSync(manifestPath(file), 'utf8').replace('"rowCount": ', '"rowCount": 1'),
      ),
    says: /was changed after it was written/,
  },
  { name: 'a manifest that is no JSON', hurt: (file) => truncateSync(manifestPath(file), 100), says: /cannot be read/ },
  {
    name: 'a manifest of a later format',
    hurt: (file) => rewriteManifest(file, (manifest) => Object.assign(manifest, { format: 2 })),
    says: /has format 2, this version reads 1/,
  },
  {
    name: 'a newer schema',
    hurt: (file) => rewriteManifest(file, ({ migrations }) => migrations.push({ name: '9999-later', checksum: 'x' })),
    says: /migration 9999-later.*does not know.*newer one/s,
  },
  {
    name: 'another schema under the same name',
    hurt: (file) => rewriteManifest(file, ({ migrations }) => Object.assign(migrations[0]!, { checksum: 'x' })),
    says: /0001-foundation of the backup differs/,
  },
  {
    name: 'a backup of a newer Postgres',
    hurt: (file) => rewriteManifest(file, ({ versions }) => Object.assign(versions, { server: '99.1' })),
    says: /is of Postgres 99\.1, this server is Postgres 15.*older/,
  },
  {
    name: 'a role that is not here',
    hurt: (file) => rewriteManifest(file, ({ roles }) => roles.push('absent_role')),
    says: /gives rights to absent_role/,
  },
  {
    name: 'fewer rows than the manifest says',
    hurt: (file) =>
      rewriteManifest(file, ({ tables }) => {
        Object.assign(tables.find(({ name }) => name === 'public.orders')!, {
          rowCount: 100_000,
        })
      }),
    says: /public\.orders has \d+ rows, 100000 were backed up.*Nothing was replaced/,
  },
  {
    name: 'a dump that fails half-way',
    hurt: async (file) => {
      const sql = Bun.gunzipSync(readFileSync(file))
      const text = new TextDecoder().decode(sql).replace('COPY public.payments', 'COPY public.no_such_table')
      const broken = Bun.gzipSync(text)
      writeFileSync(file, broken)
      await rewriteManifest(file, (manifest) => {
        const sha256 = new Bun.CryptoHasher('sha256').update(broken).digest('hex')
        Object.assign(manifest, { sizeBytes: broken.length, dumpBytes: text.length, sha256 })
      })
    },
    says: /Loading the backup failed.*no_such_table/,
  },
  {
    name: 'a server that is away',
    hurt: () => {},
    more: () => ({ DATABASE_URL: 'postgres://a:b@127.0.0.1:9/x' }),
    says: /127\.0\.0\.1:9 cannot be reached/,
  },
  {
    name: 'a password that is wrong',
    hurt: () => {},
    more: () => ({ DATABASE_URL: backups.market.url.replace(/:[^:@]+@/, ':secret-guess@') }),
    says: /password authentication failed/,
  },
]

for (const { name, hurt, says, more = () => ({}) } of refusals) {
  test(`a restore refuses ${name}, and harms nothing`, async () => {
    const file = copyOfGood()
    await hurt(file)
    const refusal = restoreHere(file, more())
    await expect(refusal).rejects.toBeInstanceOf(BackupError)
    await expect(refusal).rejects.toThrow(says)
    await expect(refusal).rejects.not.toThrow('secret-guess')
    await expectUntouched()
  })
}

test('where nobody can be asked, and --yes is not given, nothing is replaced', async () => {
  const ran = await restore([backups.good])
  expect(ran.output).toMatch(/will be replaced by it\. Nobody can be asked here: give --yes/)
  expect(ran.output).not.toContain('    at ')
  expect(ran.code).toBe(1)
  await expectUntouched()
})

test('a full disk: the backup fails in words, and nothing looks like one', async () => {
  // Eight blocks of 512 or 1024 bytes; the signal that would end the process is passed over, so that writing fails.
  const ran = await backup([], {}, "ulimit -f 8; trap '' XFSZ;")
  expect(ran.output).toMatch(/cannot be written: the file would be larger than this account may write/)
  expect(ran.code).toBe(1)
  expect(filesIn(backups.dir)).toEqual([])
  const sql = openSql(backups.market.url)
  const [run] = await sql`select succeeded, fault from backup_runs order by finished_at desc limit 1`
  await sql.end({ timeout: 1 })
  expect(run).toMatchObject({ succeeded: false, fault: expect.stringContaining('cannot be written') })
})

test('pg_dump that fails, ends early, is too old or is not there: no backup', async () => {
  const version = 'if [ "$1" = --version ]; then exec REAL "$@"; fi'
  const cases: [string, RegExp][] = [
    [
      toolsWith(
        backups.market.folder,
        'pg_dump',
        `${version}; REAL "$@" | head -c 50000; echo 'pg_dump: out of luck' >&2; exit 1`,
      ),
      /pg_dump failed \(1\): .*out of luck/,
    ],
    [
      toolsWith(backups.market.folder, 'pg_dump', `${version}; REAL "$@" | head -c 50000`),
      /does not end as a dump ends: it was cut off/,
    ],
    [
      toolsWith(backups.market.folder, 'pg_dump', `echo 'pg_dump (PostgreSQL) 14.9 (Debian 14.9-1)'`),
      /server is Postgres 15\S*, and pg_dump is older: 14\.9.*Install postgresql-client-15/,
    ],
    ['/nowhere/pg_dump', /PG_DUMP is \/nowhere\/pg_dump, which is no pg_dump that runs/],
  ]
  for (const [path, says] of cases) {
    const ran = await backup([], { PG_DUMP: path })
    expect(ran.output).toMatch(says)
    expect(ran.code).toBe(1)
    expect(filesIn(backups.dir)).toEqual([])
  }
})

/** Ends a command and whatever it has started, as kill -9 on all of them does. */
const killAll = async (started: ReturnType<typeof startDatabaseCommand>) => {
  started.child.kill('SIGKILL')
  expect((await started.ended()).code).toBe('SIGKILL')
}

const SLOW = 'if [ "$1" = --version ]; then exec REAL "$@"; fi'

test('kill -9 in the middle of a backup, while another waits: nothing looks like one, the next is not hindered', async () => {
  const slow = toolsWith(backups.market.folder, 'pg_dump', `${SLOW}; REAL "$@" | { head -c 120000; exec sleep 15; }`)
  const killed = startDatabaseCommand('backup', [], environment({ PG_DUMP: slow }))
  await until('it has begun', () => filesIn(backups.dir).length > 0, 20)
  const second = await backup()
  expect(second).toMatchObject({
    code: 1,
    output: expect.stringContaining('Another backup of this database is running'),
  })
  await killAll(killed)
  expect(backupsIn(backups.dir)).toEqual([])
  expect(filesIn(backups.dir)).toHaveLength(1)

  const next = await backup(['--keep', '1'])
  expect(next).toMatchObject({ code: 0 })
  expect(filesIn(backups.dir).filter((name) => name.endsWith('.partial'))).toEqual([])
  expect(backupsIn(backups.dir)).toHaveLength(1)
})

test('kill -9 in the middle of a restore, and SIGTERM: the market is as it was, the next restore tidies up', async () => {
  const slow = toolsWith(backups.market.folder, 'psql', `head -c 100000 | REAL "$@"; exec sleep 15`)
  const begun = async () => (await backups.market.databases()).find((name) => name.startsWith('ridendine_restoring_'))
  const killed = startDatabaseCommand('restore', [backups.good, '--yes'], environment({ PG_DUMP: slow }))
  await until('it has begun', async () => Boolean(await begun()), 60)
  const left = await begun()
  const second = await restore([backups.good, '--yes'])
  expect(second).toMatchObject({
    code: 1,
    output: expect.stringContaining('is being restored or verified by somebody else'),
  })
  await killAll(killed)
  await until('its lock is free', async () => !(await backups.market.isLocked()), 30)
  // Scratch databases are named by the second: the next one's name is to be another.
  await Bun.sleep(1_000)
  expect(await contentsOf(backups.market.url)).toEqual(backups.before)

  const stopped = startDatabaseCommand('restore', [backups.good, '--yes'], environment({ PG_DUMP: slow }))
  // It has removed what the first left, and made its own.
  await until('the second has begun', async () => ![undefined, left].includes(await begun()), 60)
  stopped.child.kill('SIGTERM')
  expect(await stopped.ended()).toMatchObject({ code: 1, output: expect.stringContaining('Stopped by SIGTERM') })
  await expectUntouched()

  expect(await restore([backups.good, '--yes'])).toMatchObject({ code: 0 })
  expect(await contentsOf(backups.market.url)).toEqual(backups.before)
  expect((await backups.market.databases()).filter((name) => name.includes('_restoring_'))).toEqual([])
})
