/** Our own roads as a provider, on the streets of a small city. */
import { expect, test } from 'bun:test'
import { parseConfig, setConfig } from '#core/config'
import { distanceMeters, isInsideBox, type LatLng } from '#core/geo'
import { openLog } from '#core/log'
import type { Profile } from '#modules/routing/graph/road-graph'
import { createChain } from '#modules/routing/providers/chain'
import type { RouterFor } from '#modules/routing/providers/embedded'
import { legCache } from '#modules/routing/providers/leg-cache'
import { embeddedLink } from '#modules/routing/providers/links'
import { routersOf, smallCity } from '../support/small-city'
import { counted, estimate, linked, make, servers, useTravelServers } from '../support/travel-chain'
import { secondsBetween } from '../support/travel-world'

await openLog({ level: 'silent', format: 'json' })
setConfig(parseConfig({ NODE_ENV: 'test' }))
useTravelServers()

const here = smallCity()
const there = smallCity({ lat: 57.8, lng: 12.1 })
const cities = [here, there].map((city) => ({ bounds: city.bounds, routers: routersOf(city) }))
const routerFor: RouterFor = (profile, places) =>
  cities.find(({ bounds }) => places.every((place) => isInsideBox(place, bounds)))?.routers[profile]

const DEADLINE_MS = 1_000
const cache = legCache(0)
const chain = createChain({ links: [embeddedLink(routerFor)], cache, estimate })
const leg = (from: LatLng, to: LatLng, profile: Profile = 'car') => chain.leg(from, to, profile, DEADLINE_MS)

/** Corners of the city. */
const corner = (row: number, column: number) => ({ lat: 57.69 + row * 0.0025, lng: 11.955 + column * 0.004 })
const shifted = ({ lat, lng }: LatLng) => ({ lat: lat + 0.11, lng: lng + 0.145 })
const FAR = { lat: 59, lng: 18 }
/** Within the bounds of the city, and 1.2 km from its nearest road. */
const AT_SEA = { lat: 57.679, lng: 11.97 }

test('along the streets, not as the crow flies', async () => {
  const [from, to] = [corner(1, 1), corner(5, 6)]
  const straight = distanceMeters(from, to)
  const byStreet =
    distanceMeters(from, { lat: to.lat, lng: from.lng }) + distanceMeters({ lat: to.lat, lng: from.lng }, to)
  const found = await leg(from, to)
  expect(found.approximate).toBe(false)
  expect(Math.abs(found.distanceMeters - byStreet)).toBeLessThan(5)
  expect(found.distanceMeters).toBeGreaterThan(straight * 1.2)
})

test('one-way streets bind cars and not bicycles; who walks is slowest', async () => {
  const [south, north] = [corner(2, 4), corner(6, 4)]
  const [up, down] = [await leg(south, north), await leg(north, south)]
  expect(down.distanceMeters).toBeGreaterThan(up.distanceMeters * 1.5)
  const [bikeUp, bikeDown] = [await leg(south, north, 'bike'), await leg(north, south, 'bike')]
  expect(Math.abs(bikeDown.distanceMeters - bikeUp.distanceMeters)).toBeLessThan(2)
  expect((await leg(south, north, 'foot')).durationSeconds).toBeGreaterThan(bikeUp.durationSeconds)
})

test('a table is its legs', async () => {
  const origins = [corner(0, 0), corner(3, 5), corner(7, 2), corner(8, 8)]
  const destinations = [corner(4, 4), corner(1, 7), corner(3, 5)]
  for (const profile of ['car', 'scooter', 'bike', 'foot'] as const) {
    const table = await chain.durations(origins, destinations, profile, DEADLINE_MS)
    const legs = await Promise.all(
      origins.map((from) =>
        Promise.all(destinations.map(async (to) => (await leg(from, to, profile)).durationSeconds)),
      ),
    )
    expect(table).toEqual(legs)
  }
})

test('its line runs from place to place, street by street, and is as long as the leg', async () => {
  const beside = { lat: corner(6, 4).lat + 0.0004, lng: corner(6, 4).lng + 0.0001 }
  for (const [from, to] of [
    [corner(1, 1), corner(5, 6)],
    [corner(6, 4), corner(2, 4)],
    [beside, { ...beside, lat: beside.lat - 0.0008 }],
    [
      { lat: beside.lat, lng: 11.9552 },
      { lat: beside.lat + 0.001, lng: 11.9552 },
    ],
  ] as const) {
    const { geometry, ...found } = await chain.route(from, to, 'car', DEADLINE_MS)
    expect(found).toEqual(await leg(from, to))
    const length = geometry.slice(1).reduce((sum, point, index) => sum + distanceMeters(geometry[index]!, point), 0)
    expect(Math.abs(length - found.distanceMeters)).toBeLessThan(2)
    expect(distanceMeters(geometry[0]!, from)).toBeLessThan(20)
    expect(distanceMeters(geometry.at(-1)!, to)).toBeLessThan(20)
  }
})

test('places of two cities and of none in one table: each has its roads, the rest is estimated', async () => {
  const origins = [corner(1, 1), shifted(corner(1, 1)), FAR, AT_SEA]
  const destinations = [corner(4, 4), shifted(corner(4, 4))]
  const table = await chain.durations(origins, destinations, 'car', DEADLINE_MS)
  const road = (await leg(corner(1, 1), corner(4, 4))).durationSeconds
  expect(Math.abs(table[0]![0]! - road)).toBeLessThan(2)
  expect(Math.abs(table[1]![1]! - road)).toBeLessThan(3)
  const estimated = [
    [0, 1],
    [1, 0],
    [2, 0],
    [2, 1],
    [3, 0],
    [3, 1],
  ] as const
  for (const [row, column] of estimated) {
    expect(table[row]![column]!).toBe(estimate(origins[row]!, destinations[column]!).durationSeconds)
  }
})

test('outside of our roads the next is asked, for those cells only', async () => {
  const both = createChain({ links: [embeddedLink(routerFor), linked(make.google(), cache)], cache, estimate })
  expect((await both.leg(corner(1, 1), corner(4, 4), 'car', DEADLINE_MS)).approximate).toBe(false)
  expect(servers.google.seen).toEqual([])
  const origins = [corner(1, 1), { lat: 57.5, lng: 12 }]
  const table = await both.durations(origins, [corner(4, 4)], 'car', DEADLINE_MS)
  expect(table[1]![0]!).toBe(secondsBetween(origins[1]!, corner(4, 4)))
  expect(servers.google.seen).toHaveLength(1)
  expect((await both.leg(AT_SEA, corner(4, 4), 'car', DEADLINE_MS)).durationSeconds).toBe(
    secondsBetween(AT_SEA, corner(4, 4)),
  )
  expect(await counted('routing_fallbacks_total', { provider: 'embedded', reason: 'no-way' })).toBeGreaterThan(0)
})

test('a router that fails is no end of it', async () => {
  const broken: RouterFor = () => {
    throw new Error('the file was cut')
  }
  const both = createChain({ links: [embeddedLink(broken), linked(make.google(), cache)], cache, estimate })
  expect((await both.leg(corner(1, 1), corner(4, 4), 'car', DEADLINE_MS)).approximate).toBe(false)
  expect((await both.route(corner(1, 1), corner(4, 4), 'car', DEADLINE_MS)).approximate).toBe(false)
  expect(servers.google.seen).toHaveLength(2)
})
