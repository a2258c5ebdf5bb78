import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { type HeldZone, type Replica, shareOut } from './zone-shares'

const zone = (slug: string, holder: string | null = null): HeldZone => ({ zoneId: slug, slug, holder })
const any = (name: string): Replica => ({ name, zones: [] })
const pinned = (name: string, ...zones: string[]): Replica => ({ name, zones })

test('one alone takes all', () => {
  expect(shareOut([zone('a'), zone('b')], [any('omar')], 'omar')).toEqual({ claim: ['a', 'b'], release: [] })
})

test('two who start together want different zones', () => {
  const zones = [zone('a'), zone('b'), zone('c')]
  const replicas = [any('lena'), any('omar')]
  expect(shareOut(zones, replicas, 'lena').claim).toEqual(['a', 'c'])
  expect(shareOut(zones, replicas, 'omar').claim).toEqual(['b'])
})

test('who has two more than another gives one away; one more is fair', () => {
  const replicas = [any('lena'), any('omar')]
  expect(shareOut([zone('a', 'omar'), zone('b', 'omar')], replicas, 'omar').release).toEqual(['a'])
  expect(shareOut([zone('a', 'omar')], replicas, 'omar').release).toEqual([])
  const five = [zone('a', 'omar'), zone('b', 'omar'), zone('c', 'omar'), zone('d', 'omar'), zone('e', 'lena')]
  expect(shareOut(five, replicas, 'omar').release).toEqual(['a'])
})

test('a zone is for those that are pinned to it, and for the others while none of these lives', () => {
  const zones = [zone('a', 'omar'), zone('b')]
  expect(shareOut(zones, [any('omar')], 'omar')).toEqual({ claim: ['b'], release: [] })
  expect(shareOut(zones, [any('omar'), pinned('lena', 'a')], 'omar')).toEqual({ claim: ['b'], release: ['a'] })
  expect(shareOut([zone('a'), zone('b')], [any('omar'), pinned('lena', 'a')], 'lena').claim).toEqual(['a'])
})

test('a zone for which only those pinned elsewhere are left stays free', () => {
  expect(shareOut([zone('a')], [pinned('lena', 'b')], 'lena')).toEqual({ claim: [], release: [] })
})

test('any number of zones and replicas comes to rest, each zone held once, nobody with two more than another', () => {
  const cases = fc.record({
    holders: fc.array(fc.option(fc.constantFrom('r0', 'r1', 'r2', 'r3')), { maxLength: 12 }),
    replicaCount: fc.integer({ min: 1, max: 4 }),
  })
  fc.assert(
    fc.property(cases, ({ holders, replicaCount }) => {
      const replicas = Array.from({ length: replicaCount }, (_, index) => any(`r${index}`))
      const living = (holder: string | null) => (replicas.some(({ name }) => name === holder) ? holder : null)
      let zones = holders.map((holder, index) => zone(`z${index}`, living(holder)))
      const roundsMax = holders.length * 2 + 2
      for (let round = 0; round < roundsMax; round++) {
        const wishes = replicas.map(({ name }) => ({ name, ...shareOut(zones, replicas, name) }))
        const claims = wishes.flatMap(({ claim }) => claim)
        expect(new Set(claims).size).toBe(claims.length)
        zones = zones.map((one) => {
          const taker = wishes.find(({ claim }) => claim.includes(one.zoneId))
          const giver = wishes.find(({ release }) => release.includes(one.zoneId))
          return { ...one, holder: taker?.name ?? (giver ? null : one.holder) }
        })
      }
      const counts = replicas.map(({ name }) => zones.filter(({ holder }) => holder === name).length)
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(holders.length)
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
    }),
  )
})
