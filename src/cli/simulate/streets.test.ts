import { afterEach, expect, test } from 'bun:test'
import { createChecks } from './checks'
import { createHttp } from './http'
import { lastOf, secondsOf } from './line'
import { secondsStraight } from './motion'
import { randomOf } from './random'
import { createStats } from './stats'
import { createStop } from './stop'
import { ALONG_STREETS, askWays, IN_A_STRAIGHT_LINE } from './streets'

const HOME = { lat: 57.7, lng: 11.97 }
const SHOP = { lat: 57.709, lng: 11.98 }

/** As OSRM 6.0 answers `overview=full&geometries=geojson&annotations=duration`, without what is not read. */
const ROUTE = {
  code: 'Ok',
  routes: [
    {
      geometry: {
        coordinates: [
          [11.97, 57.7],
          [11.97, 57.709],
          [11.98, 57.709],
        ],
        type: 'LineString',
      },
      legs: [{ annotation: { duration: [60, 40] }, steps: [], summary: '', duration: 120, distance: 1_600 }],
      duration: 120,
      distance: 1_600,
    },
  ],
  waypoints: [],
}

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** A server that answers as the test says, and a way home from it. */
const against = (answer: () => Response) => {
  const asked: URL[] = []
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: ({ url }) => {
      asked.push(new URL(url))
      return answer()
    },
  })
  stops.push(() => server.stop(true))
  const stats = createStats()
  const checks = createChecks()
  const stop = createStop()
  const options = { url: `http://127.0.0.1:${server.port}`, demo: false }
  const http = createHttp({ options, stats, stop, pause: async () => stop.check(), jitter: () => 0 })
  // The median of every draw, so that a pace is 1.
  const random = { ...randomOf(() => 0.5), lognormal: (median: number) => median }
  const wayTo = askWays({ http, stats, checks }, 'motorcycle', random)
  const broken = () => checks.findings().flatMap(({ examples }) => examples)
  return { wayTo, stats, asked, broken, server }
}

test('a drive is asked for once, by the protocol of OSRM, and takes as long as the route says', async () => {
  const { wayTo, stats, asked, broken } = against(() => Response.json(ROUTE))
  const line = await wayTo(HOME, SHOP)
  expect(secondsOf(line)).toBeCloseTo(120)
  expect(lastOf(line)).toEqual(SHOP)
  expect(line.points).toContainEqual({ lat: 57.709, lng: 11.97 })
  expect(asked).toHaveLength(1)
  expect(decodeURIComponent(asked[0]!.pathname)).toBe('/routing/route/v1/car/11.970000,57.700000;11.980000,57.709000')
  expect(asked[0]!.search).toBe('?overview=full&geometries=geojson&annotations=duration')
  expect(stats.counted(ALONG_STREETS)).toBe(1)
  expect(broken()).toEqual([])
})

test.each([
  ['NoRoute', () => Response.json({ code: 'NoRoute', message: 'Impossible route' }, { status: 400 })],
  ['NoSegment', () => Response.json({ code: 'NoSegment', message: 'No street near' }, { status: 400 })],
  ['not-found', () => Response.json({ type: '/problems/not-found', status: 404 }, { status: 404 })],
  ['502', () => new Response('Bad gateway', { status: 502 })],
])('without a way along streets he drives straight, and the reason is counted: %s', async (why, answer) => {
  const { wayTo, stats, asked, broken } = against(answer)
  const line = await wayTo(HOME, SHOP)
  expect(line.points).toEqual([HOME, SHOP])
  expect(secondsOf(line)).toBeCloseTo(secondsStraight(HOME, SHOP, 'motorcycle'))
  expect(asked).toHaveLength(1)
  expect(stats.counted(`${IN_A_STRAIGHT_LINE}: ${why}`)).toBe(1)
  expect(stats.counted(ALONG_STREETS)).toBe(0)
  expect(broken()).toEqual([])
})

test('a server that is away is not waited for', async () => {
  const { wayTo, stats, server } = against(() => Response.json(ROUTE))
  await server.stop(true)
  expect((await wayTo(HOME, SHOP)).points).toEqual([HOME, SHOP])
  expect(stats.counted(`${IN_A_STRAIGHT_LINE}: no-answer`)).toBe(1)
})

test('an answer of another shape breaks a rule, and he drives straight', async () => {
  const [route] = ROUTE.routes
  const short = { ...route, legs: [{ annotation: { duration: [60] } }] }
  const { wayTo, broken } = against(() => Response.json({ ...ROUTE, routes: [short] }))
  expect((await wayTo(HOME, SHOP)).points).toEqual([HOME, SHOP])
  expect(broken()).toEqual(['a route for a car: 200 of another shape'])
})
