import { describe, expect, test } from 'bun:test'
import { identitiesIn } from '#core/backup/age'
import { backupName, checksumText, expired, timeOfName } from '#core/backup/files'
import { assertKnownSchema, type Manifest, migrationsAfter } from '#core/backup/manifest'
import { parseS3Url, partBytesFor } from '#core/backup/off-site'
import { chooseTools, versionIn } from '#core/backup/programs'
import { inBytes } from '#core/backup/progress'
import { scratchName } from '#core/backup/scratch'
import { checksum } from '#core/migrations'

const at = (text: string) => new Date(`${text}Z`)

describe('names', () => {
  test('of a backup: its UTC second, format and encryption, and back', () => {
    const begun = at('2026-03-09T04:05:06.789')
    expect(backupName(begun, 'sql', false)).toBe('ridendine_20260309_040506.sql.gz')
    expect(backupName(begun, 'custom', true)).toBe('ridendine_20260309_040506.dump.age')
    expect(timeOfName('ridendine_20260309_040506.dump.age')).toEqual(at('2026-03-09T04:05:06'))
    for (const other of [
      'ridendine_20260309_040506.sql.gz.sha256',
      '.ridendine_20260309_040506.sql.gz.x.partial',
      'notes.txt',
    ]) {
      expect(timeOfName(other)).toBeUndefined()
    }
  })

  test('of a scratch database: never longer than Postgres takes', () => {
    const now = at('2026-03-09T04:05:06')
    expect(scratchName('ridendine', 'before_restore', now)).toBe('ridendine_before_restore_20260309_040506')
    const long = scratchName('r'.repeat(63), 'restoring', now)
    expect(long).toHaveLength(63)
    expect(long).toEndWith('_restoring_20260309_040506')
  })
})

describe('retention', () => {
  const now = at('2026-03-10T00:00:00')
  const newest = ['2026-03-09', '2026-03-08', '2026-03-01', '2026-01-01'].map((day) => ({
    day,
    at: at(`${day}T00:00:00`),
  }))
  const gone = (rules: { keepCount?: number; keepDays?: number }) =>
    expired(newest, { ...rules, now }).map(({ day }) => day)

  test('with no rule all stay', () => expect(gone({})).toEqual([]))
  test('by number', () => expect(gone({ keepCount: 2 })).toEqual(['2026-03-01', '2026-01-01']))
  test('by age', () => expect(gone({ keepDays: 9 })).toEqual(['2026-01-01']))
  test('the newest stays, however old it is', () => {
    expect(expired(newest.slice(3), { keepDays: 1, keepCount: 1, now })).toEqual([])
    expect(expired([], { keepDays: 1, now })).toEqual([])
  })
})

describe("Postgres' tools", () => {
  test('the version in what they say', () => {
    expect(versionIn('pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n')).toBe('15.18')
    expect(versionIn('pg_dump (PostgreSQL) 19beta1')).toBe('19beta1')
    expect(versionIn('mysqldump 8')).toBeUndefined()
  })

  test("the server's own version, else the next newer one, never an older one", () => {
    const found = [{ major: 14 }, { major: 17 }, { major: 15 }]
    expect(chooseTools(found, 15)).toEqual({ major: 15 })
    expect(chooseTools(found, 16)).toEqual({ major: 17 })
    expect(chooseTools(found, 18)).toBeUndefined()
  })
})

describe('schemas', () => {
  const known = ['0001-a', '0002-b'].map((name) => ({ name, sql: name }))
  const holding = (migrations: { name: string; checksum: string }[]) =>
    ({ migrations, versions: { ridendine: '0.1.0' } }) as unknown as Manifest
  const [a] = known.map(({ name, sql }) => ({ name, checksum: checksum(sql) }))

  test('an older one is known, and what it lacks can be said', () => {
    expect(() => assertKnownSchema(holding([a!]), known)).not.toThrow()
    expect(migrationsAfter(holding([a!]), known)).toEqual(['0002-b'])
  })

  test('a newer one, and another one of the same name, are not', () => {
    expect(() => assertKnownSchema(holding([a!, { name: '0003-c', checksum: 'x' }]), known)).toThrow(/0003-c.*newer/)
    expect(() => assertKnownSchema(holding([{ ...a!, checksum: 'x' }]), known)).toThrow(/0001-a of the backup differs/)
  })
})

test('places in S3, and parts of which there are never too many', () => {
  expect(parseS3Url('s3://bucket')).toEqual({ bucket: 'bucket', prefix: '' })
  expect(parseS3Url('s3://bucket/a/b/')).toEqual({ bucket: 'bucket', prefix: 'a/b' })
  expect(() => parseS3Url('https://bucket/a')).toThrow('is no place in S3')
  expect(partBytesFor(1)).toBe(5 * 1024 * 1024)
  expect(1e12 / partBytesFor(1e12)).toBeLessThanOrEqual(10_000)
})

test('an identity file: its comments are passed over, one without a key is refused', () => {
  expect(identitiesIn('# created\n# public key: age1x\nAGE-SECRET-KEY-1ABC\n', 'key.txt')).toEqual([
    'AGE-SECRET-KEY-1ABC',
  ])
  expect(() => identitiesIn('age1x', 'key.txt')).toThrow('key.txt has no line')
})

test('sizes for people, checksums for sha256sum', () => {
  expect([0, 999, 1_500, 2_340_000_000].map(inBytes)).toEqual(['0 B', '999 B', '1.5 kB', '2.3 GB'])
  expect(checksumText([{ name: 'a', sha256: 'f'.repeat(64) }])).toBe(`${'f'.repeat(64)}  a\n`)
})
