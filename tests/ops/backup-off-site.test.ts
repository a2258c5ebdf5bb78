/** Backups that leave the machine: encrypted with age, copied to S3, and brought back. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { filesOf } from '#core/backup/files'
import { manifestPath } from '#core/backup/manifest'
import { migrate } from '#core/migrations'
import {
  backupsIn,
  contentsOf,
  databaseCommand,
  type Environment,
  filesIn,
  openSql,
  startProgram,
} from '../support/backup-market'
import { type DebianPostgres, startDebianPostgres } from '../support/debian-postgres'
import { startS3Server } from '../support/s3-server'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'only/for+tests' }
/** Past one part of an upload, and hardly compressible. */
const MAIL_ROWS = 6_000

let pg: DebianPostgres
let s3: ReturnType<typeof startS3Server>
let dir: string
let url: string
let small: string
let before: Record<string, string>
let mine: { identity: string; recipient: string }
let other: { identity: string; recipient: string }

/** By the standard program, so that both sides are not of one make. */
const ageKeygen = async (name: string) => {
  const identity = join(pg.root, name)
  await pg.run(['age-keygen', '-o', identity])
  return { identity, recipient: (await pg.run(['age-keygen', '-y', identity])).trim() }
}

beforeAll(async () => {
  pg = await startDebianPostgres()
  s3 = startS3Server(credentials, 'backups')
  mine = await ageKeygen('mine')
  other = await ageKeygen('other')
  const admin = openSql(pg.urlOf('postgres'))
  await admin.unsafe('create database ridendine')
  url = pg.urlOf('ridendine')
  await migrate(url)
  // What is tried many times is tried with a small one.
  await admin.unsafe('create database small template ridendine')
  await admin.end({ timeout: 1 })
  small = pg.urlOf('small')
  const sql = openSql(url)
  await sql`
    insert into mails (id, recipient, subject, body, created_at, next_attempt_at)
    select gen_random_uuid(), 'nora@example.com', 'number ' || n,
      (select string_agg(md5(random()::text || n || k), '') from generate_series(1, 64) as k), now(), now()
    from generate_series(1, ${MAIL_ROWS}) as n`
  await sql.end({ timeout: 1 })
  before = await contentsOf(url)
}, 120_000)

beforeEach(() => {
  dir = mkdtempSync(join(pg.root, 'case-'))
  s3.objects.clear()
  s3.requests.length = 0
  s3.refused.length = 0
  s3.failWhen(() => false)
})

afterAll(async () => {
  s3?.stop()
  await pg?.remove()
})

const environment = (more: Environment = {}): Environment => ({
  DATABASE_URL: url,
  BACKUP_DIR: dir,
  S3_ENDPOINT: s3.url,
  S3_REGION: 'eu-north-1',
  S3_ACCESS_KEY_ID: credentials.accessKeyId,
  S3_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  ...more,
})
const run = (command: string, args: string[], more: Environment = {}) =>
  databaseCommand(command, args, environment(more))
const onlyBackup = () => join(dir, backupsIn(dir)[0]!)

for (const format of ['sql', 'custom']) {
  test(`an encrypted backup (${format}) opens for its recipients alone, with age itself too`, async () => {
    const settings = { DATABASE_URL: small }
    const had = await contentsOf(small)
    const made = await run('backup', ['--format', format, '--encrypt', mine.recipient], settings)
    expect(made).toMatchObject({ code: 0 })
    const file = onlyBackup()
    expect(basename(file)).toEndWith(format === 'sql' ? '.sql.gz.age' : '.dump.age')
    expect(JSON.parse(readFileSync(manifestPath(file), 'utf8')).encryption).toEqual({
      scheme: 'age',
      recipients: [mine.recipient],
    })
    expect(readFileSync(file).includes('nora@example.com')).toBeFalse()

    const none = await run('restore', [file, '--yes'], settings)
    expect(none).toMatchObject({ code: 1, output: expect.stringContaining('is encrypted: give --identity') })
    const wrong = await run('restore', [file, '--yes', '--identity', other.identity], settings)
    expect(wrong).toMatchObject({
      code: 1,
      output: expect.stringContaining('is encrypted for other recipients than this identity'),
    })
    const absent = await run('restore', [file, '--yes', '--identity', join(dir, 'absent')], settings)
    expect(absent).toMatchObject({ code: 1, output: expect.stringContaining('identity file cannot be read') })
    const noKey = await run('restore', [file, '--yes', '--identity', manifestPath(file)], settings)
    expect(noKey).toMatchObject({ code: 1, output: expect.stringContaining('it is no age identity') })
    expect(await contentsOf(small)).toEqual(had)

    expect(await run('verify', [], { ...settings, BACKUP_IDENTITY_FILE: mine.identity })).toMatchObject({ code: 0 })
    expect(await run('restore', [file, '--yes', '--identity', mine.identity], settings)).toMatchObject({ code: 0 })
    expect(await contentsOf(small)).toEqual(had)

    const opened = await startProgram(
      ['sh', '-c', `age -d -i '${mine.identity}' '${file}' | ${format === 'sql' ? 'gunzip' : 'cat'} | head -c 5`],
      {},
    ).ended()
    expect(opened.output).toBe(format === 'sql' ? '--\n--' : 'PGDMP')
  })
}

test('what is no recipient is refused before anything is written', async () => {
  const ran = await run('backup', ['--encrypt', 'age1nonsense'], { DATABASE_URL: small })
  expect(ran).toMatchObject({ code: 1, output: expect.stringContaining('is no age recipient') })
  expect(filesIn(dir)).toEqual([])
})

test('a backup goes to S3 in parts, is found there, verified and restored from there', async () => {
  const made = await run('backup', ['--s3', 's3://backups/eu/north'])
  expect(made).toMatchObject({ code: 0, output: expect.stringContaining('Copied to s3://backups/eu/north') })
  const file = onlyBackup()
  expect([...s3.objects.keys()]).toEqual(filesOf(file).map((path) => `eu/north/${basename(path)}`))
  for (const path of filesOf(file))
    expect(readFileSync(path).equals(s3.objects.get(`eu/north/${basename(path)}`)!)).toBeTrue()
  expect(s3.requests.filter((request) => request.includes('partNumber=')).length).toBeGreaterThan(1)
  expect(s3.refused).toEqual([])

  for (let day = 1; day <= 6; day++)
    s3.objects.set(`eu/north/ridendine_2020010${day}_000000.sql.gz`, new Uint8Array([1]))
  const elsewhere = mkdtempSync(join(pg.root, 'elsewhere-'))
  const verified = await run('verify', ['s3://backups/eu/north'], { BACKUP_DIR: elsewhere })
  expect(verified).toMatchObject({ code: 0, output: expect.stringContaining(basename(file)) })
  const restored = await run('restore', [`s3://backups/eu/north/${basename(file)}`, '--into', 'from_s3'], {
    BACKUP_DIR: elsewhere,
  })
  expect(restored).toMatchObject({ code: 0 })
  expect(await contentsOf(pg.urlOf('from_s3'))).toEqual(before)
  expect(filesIn(elsewhere)).toEqual([])

  // Damage on the way is found as damage on a disk is.
  s3.objects.get(`eu/north/${basename(file)}`)![1000]! ^= 1
  const damaged = await run('verify', ['s3://backups/eu/north'], { BACKUP_DIR: elsewhere })
  expect(damaged).toMatchObject({ code: 1, output: expect.stringContaining('is damaged') })
})

test('a copy that fails fails the backup, in words, and says that the local file is good', async () => {
  const cases: [() => void, Environment, RegExp][] = [
    [
      () => {},
      { S3_SECRET_ACCESS_KEY: 'wrong' },
      /is good here, but was not copied to s3:\/\/backups\/.*SignatureDoesNotMatch/,
    ],
    [() => {}, { DATABASE_URL: small, S3_ACCESS_KEY_ID: undefined }, /S3 wants S3_ACCESS_KEY_ID/],
    [() => {}, { DATABASE_URL: small, S3_ENDPOINT: 'http://127.0.0.1:9' }, /was not copied to .*ConnectionRefused/],
    // The client's writer ends well when a part was refused four times (Bun 1.4.5): what has arrived is asked for.
    [
      () => s3.failWhen((_, to) => to.searchParams.get('partNumber') === '1'),
      {},
      /is good here, but was not copied to/,
    ],
  ]
  for (const [arrange, more, says] of cases) {
    arrange()
    const ran = await run('backup', ['--s3', 's3://backups'], more)
    expect(ran.output).toMatch(says)
    expect(ran.code).toBe(1)
    expect([...s3.objects.keys()].filter((key) => key.endsWith('.gz'))).toEqual([])
  }
  expect(await run('verify', ['s3://backups/nothing-here'])).toMatchObject({
    code: 1,
    output: expect.stringContaining('There is no backup in'),
  })
  expect(await run('backup', ['--s3', 'https://backups'], { DATABASE_URL: small })).toMatchObject({
    code: 1,
    output: expect.stringContaining('is no place in S3'),
  })
})
