import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Box } from '#core/geo'
import { drawnCity } from '#support/road-city'
import { type PreparedProfile, prepare } from './graph/prepare.ts'
import { openCities, openRoads, replaceProfile, routerFor } from './roads.ts'
import { RoadsFileError, writeRoads } from './roads-file.ts'

const dir = mkdtempSync(join(tmpdir(), 'roads-'))
const path = (name: string) => join(dir, name)
const write = (name: string, bounds: Box, car: PreparedProfile) =>
  writeRoads(path(name), { source: name, bounds, profiles: { car } })

const west = { lat: 57.7, lng: 11.5 }
const middle = { lat: 57.7, lng: 12 }
const east = { lat: 57.7, lng: 12.5 }
const outside = { lat: 59.3, lng: 18 }

beforeAll(() => {
  const car = prepare(drawnCity(41, 5, 5))
  // The middle is in both.
  write('west.bin', { south: 57, west: 11, north: 58, east: 12.2 }, car)
  write('east.bin', { south: 57, west: 11.8, north: 58, east: 13 }, prepare(drawnCity(42, 5, 5)))
  openRoads([path('west.bin'), path('east.bin')])
})
afterAll(() => {
  openRoads([])
  rmSync(dir, { recursive: true, force: true })
})

const routerOf = (index: number) => openCities()[index]!.routers.car!

test('the first city whose bounds hold all places answers', () => {
  expect(routerFor('car', [west])).toBe(routerOf(0))
  expect(routerFor('car', [middle])).toBe(routerOf(0))
  expect(routerFor('car', [middle, east])).toBe(routerOf(1))
  expect(routerFor('car', [west, middle])).toBe(routerOf(0))
})

test('no city holds them all: nobody answers', () => {
  expect(routerFor('car', [west, east])).toBeUndefined()
  expect(routerFor('car', [middle, outside])).toBeUndefined()
  expect(routerFor('car', [outside])).toBeUndefined()
})

test('a profile that no city has: nobody answers', () => {
  expect(routerFor('bike', [west])).toBeUndefined()
})

test('a city without the profile is passed over for one that has it', () => {
  const [first, second] = openCities()
  const car = first!.routers.car
  delete first!.routers.car
  expect(routerFor('car', [middle])).toBe(second!.routers.car!)
  first!.routers.car = car!
})

test('other speeds answer questions from then on', () => {
  const [first] = openCities()
  const before = routerOf(0)
  replaceProfile(first!, 'car', prepare(drawnCity(43, 5, 5)))
  expect(routerFor('car', [west])).toBe(routerOf(0))
  expect(routerFor('car', [west])).not.toBe(before)
})

test('all files are opened or none: one that is missing leaves those that were', () => {
  const before = openCities()
  expect(() => openRoads([path('east.bin'), path('missing.bin')])).toThrow(RoadsFileError)
  expect(openCities()).toBe(before)
  expect(openRoads([path('east.bin')]).map(({ path, source }) => [path, source])).toEqual([
    [path('east.bin'), 'east.bin'],
  ])
  expect(openRoads([])).toEqual([])
  expect(routerFor('car', [middle])).toBeUndefined()
})
