import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type PbfMap, pbfOf } from '#modules/routing/graph/import/pbf-sketch'
import { mapRoads } from '#modules/routing/roads-file'
import { parseOptions, UsageError } from './options'

const map: PbfMap = {
  nodes: [
    { id: 1, lat: 57.7, lng: 11.97 },
    { id: 2, lat: 57.701, lng: 11.97 },
    { id: 3, lat: 57.702, lng: 11.97 },
  ],
  ways: [
    { id: 1, nodeIds: [1, 2], tags: { highway: 'residential', name: 'Avenyn' } },
    { id: 2, nodeIds: [2, 3], tags: { highway: 'footway' } },
  ],
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'roads-import-'))
  writeFileSync(join(folder, 'city.osm.pbf'), pbfOf(map))
  writeFileSync(join(folder, 'cut.osm.pbf'), pbfOf(map).subarray(0, -5))
  writeFileSync(join(folder, 'paths.osm.pbf'), pbfOf({ ...map, ways: map.ways.slice(1) }))
})
afterAll(() => rmSync(folder, { recursive: true }))

const run = async (...args: string[]) => {
  const command = join(import.meta.dir, '..', 'roads.ts')
  const process_ = Bun.spawn([process.execPath, command, ...args], { cwd: folder, stdout: 'pipe', stderr: 'pipe' })
  const [out, error] = await Promise.all([new Response(process_.stdout).text(), new Response(process_.stderr).text()])
  return { code: await process_.exited, out, error }
}

describe('bun run roads:import', () => {
  test('makes a file that routing can open, and says what is in it', async () => {
    const { code, out, error } = await run('city.osm.pbf', '--out', 'city.bin', '--profiles', 'car,foot')
    expect(error).toContain('city.osm.pbf: 2 ways on 3 points')
    expect(out).toContain('car')
    expect(out).toContain('OpenStreetMap contributors')
    expect(code).toBe(0)
    const { source, profiles } = mapRoads(join(folder, 'city.bin'))
    expect(source).toBe('city.osm.pbf')
    expect(Object.keys(profiles)).toEqual(['car', 'foot'])
    expect(profiles.car!.graph.roadFrom.length).toBe(1)
    expect(profiles.foot!.graph.roadFrom.length).toBe(2)
  })

  test.each<[string[], number, RegExp]>([
    [['cut.osm.pbf'], 1, /cut off/],
    [['paths.osm.pbf', '--profiles', 'foot,car'], 1, /no roads for car/],
    [['nothing.osm.pbf'], 2, /no file nothing/],
    [['city.osm.pbf', '--out', 'nowhere/x.bin'], 2, /no folder/],
    [['city.osm.pbf', '--out', 'city.osm.pbf'], 2, /cannot go where the map is/],
    [[], 2, /Which file/],
    [['city.osm.pbf', '--profiles', 'lorry'], 2, /not "lorry"/],
  ])('%p is refused with %d, and nothing is written', async (args, code, reason) => {
    const before = readdirSync(folder)
    const refused = await run(...args)
    expect(refused.error).toMatch(reason)
    expect(refused.error).not.toContain('    at ')
    expect(refused.code).toBe(code)
    expect(readdirSync(folder)).toEqual(before)
  })
})

test('options', () => {
  expect(parseOptions(['a.osm.pbf'])).toEqual({
    file: 'a.osm.pbf',
    out: 'roads.bin',
    profiles: ['car', 'scooter', 'bike', 'foot'],
    isLeftHand: false,
  })
  expect(parseOptions(['a', '--left', '--profiles', 'bike, bike'])).toMatchObject({
    profiles: ['bike'],
    isLeftHand: true,
  })
  expect(parseOptions(['--help'])).toBe('help')
  expect(() => parseOptions(['a', 'b'])).toThrow(UsageError)
  expect(() => parseOptions(['a', '--fast'])).toThrow(UsageError)
})
