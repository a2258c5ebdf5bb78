import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drawnCity } from '#support/road-city'
import type { City } from './graph/format.ts'
import { prepare } from './graph/prepare.ts'
import { mapRoads, RoadsFileError, writeRoads } from './roads-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'roads-file-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const cityOf = (source: string, seed: number): City => ({
  source,
  bounds: { south: 57.6, west: 11.8, north: 57.8, east: 12.1 },
  profiles: { car: prepare(drawnCity(seed, 6, 6)) },
})
const path = (name: string) => join(dir, name)

test('a city is written and mapped', () => {
  const city = cityOf('first', 1)
  writeRoads(path('city.bin'), city)
  const read = mapRoads(path('city.bin'))
  expect(read.source).toBe('first')
  expect(read.profiles.car!.graph).toEqual(city.profiles.car!.graph)
  expect(readdirSync(dir)).toEqual(['city.bin'])
})

test('a file in use is replaced, and whoever has it mapped keeps what it had', () => {
  writeRoads(path('city.bin'), cityOf('first', 1))
  const first = mapRoads(path('city.bin'))
  const sides = first.profiles.car!.graph.edgeSide.slice()
  writeRoads(path('city.bin'), cityOf('second', 2))
  expect(mapRoads(path('city.bin')).source).toBe('second')
  expect(first.profiles.car!.graph.edgeSide).toEqual(sides)
})

test('a folder that is not there: an error, and nothing is made', () => {
  expect(() => writeRoads(path('nowhere/city.bin'), cityOf('x', 1))).toThrow(/ENOENT/)
  expect(readdirSync(dir)).toEqual(['city.bin'])
})

test('what cannot be put in place leaves nothing half-written, and what was there', () => {
  mkdirSync(path('taken'))
  writeFileSync(path('taken/file'), 'kept')
  expect(() => writeRoads(path('taken'), cityOf('x', 1))).toThrow()
  expect(readdirSync(dir).sort()).toEqual(['city.bin', 'taken'])
  expect(readFileSync(path('taken/file'), 'utf8')).toBe('kept')
})

test('no room on the disk: an error, and the file of before is still whole', () => {
  writeRoads(path('city.bin'), cityOf('before', 1))
  // Larger than a process may write; Linux then sends SIGXFSZ, or with it ignored fails the write.
  const program = `
    import { prepare } from '#modules/routing/graph/prepare'
    import { writeRoads } from '#modules/routing/roads-file'
    import { drawnCity } from '#support/road-city'
    const bounds = { south: 0, west: 0, north: 1, east: 1 }
    writeRoads(process.argv[1], { source: 'after', bounds, profiles: { car: prepare(drawnCity(3, 20, 20)) } })`
  const child = Bun.spawnSync(
    ['sh', '-c', 'ulimit -f 8; trap "" XFSZ; exec "$0" -e "$1" "$2"', process.execPath, program, path('city.bin')],
    { cwd: `${import.meta.dir}/../..` },
  )
  expect(child.exitCode).toBe(1)
  expect(child.stderr.toString()).toContain('EFBIG')
  expect(mapRoads(path('city.bin')).source).toBe('before')
  expect(readdirSync(dir).sort()).toEqual(['city.bin', 'taken'])
})

test('killed in the middle: the file of before is still whole, and the next one is written', async () => {
  writeRoads(path('city.bin'), cityOf('before', 1))
  const program = `
    import { prepare } from '#modules/routing/graph/prepare'
    import { writeRoads } from '#modules/routing/roads-file'
    import { drawnCity } from '#support/road-city'
    const bounds = { south: 0, west: 0, north: 1, east: 1 }
    const city = { source: 'again and again', bounds, profiles: { car: prepare(drawnCity(3, 30, 30)) } }
    console.log('begun')
    for (;;) writeRoads(process.argv[1] + '.other', city)`
  const child = Bun.spawn([process.execPath, '-e', program, path('city.bin')], {
    cwd: `${import.meta.dir}/../..`,
    stdout: 'pipe',
  })
  await child.stdout.getReader().read()
  while (!readdirSync(dir).includes('city.bin.other.unfinished')) await Bun.sleep(0)
  child.kill('SIGKILL')
  await child.exited
  expect(mapRoads(path('city.bin')).source).toBe('before')
  // A file that has its name is whole, whenever its writer was killed.
  if (readdirSync(dir).includes('city.bin.other'))
    expect(mapRoads(path('city.bin.other')).source).toBe('again and again')
  writeRoads(path('city.bin.other'), cityOf('after', 2))
  expect(mapRoads(path('city.bin.other')).source).toBe('after')
  expect(readdirSync(dir)).not.toContain('city.bin.other.unfinished')
})

const refusal = (name: string): string => {
  try {
    mapRoads(path(name))
  } catch (error) {
    if (error instanceof RoadsFileError) return error.message
    throw error
  }
  return 'none'
}

test('what is no roads file is refused by its path and why', () => {
  expect(refusal('missing.bin')).toBe(`${path('missing.bin')} does not exist`)
  expect(refusal('taken')).toBe(`${path('taken')} is no file`)
  writeFileSync(path('empty.bin'), '')
  expect(refusal('empty.bin')).toStartWith(`${path('empty.bin')}: it is no roads file`)
  writeFileSync(path('text.bin'), 'a'.repeat(5_000))
  expect(refusal('text.bin')).toStartWith(`${path('text.bin')}: it is no roads file`)
  writeRoads(path('cut.bin'), cityOf('cut', 1))
  truncateSync(path('cut.bin'), 5_000)
  expect(refusal('cut.bin')).toBe(`${path('cut.bin')}: it is damaged or not whole: its checksum does not fit`)
})
