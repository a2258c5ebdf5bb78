/** Who should hold which zone. Pure: every replica works it out for itself from the same table, and the database decides. */

/** `zones` are the slugs it is pinned to; none: it takes any. */
export type Replica = { name: string; zones: readonly string[] }
export type HeldZone = { zoneId: string; slug: string; holder: string | null }

/**
 * What `me` should claim and give away. A zone that a living replica is pinned to is for those that are; others are for
 * the replicas without a pin. Each free zone goes to whoever has the fewest; who has two more than another gives one away.
 */
export const shareOut = (zones: readonly HeldZone[], replicas: readonly Replica[], me: string) => {
  const heldCount = new Map(replicas.map(({ name }) => [name, zones.filter(({ holder }) => holder === name).length]))
  const countOf = (name: string) => heldCount.get(name) ?? 0
  const give = (from: string | null, to: string) => {
    if (from !== null) heldCount.set(from, countOf(from) - 1)
    heldCount.set(to, countOf(to) + 1)
  }
  const fewest = (names: readonly string[]) =>
    names.toSorted((a, b) => countOf(a) - countOf(b) || (a < b ? -1 : 1)).at(0)

  const claim: string[] = []
  for (const { zoneId, slug } of zones.filter(({ holder }) => holder === null)) {
    const to = fewest(eligibleFor(slug, replicas))
    // None: only processes that are pinned to others are left.
    if (to === undefined) continue
    give(null, to)
    if (to === me) claim.push(zoneId)
  }
  const release: string[] = []
  for (const { zoneId, slug } of zones.filter(({ holder }) => holder === me)) {
    const wanted = eligibleFor(slug, replicas)
    const to = fewest(wanted)
    if (to === undefined || (wanted.includes(me) && countOf(to) + 2 > countOf(me))) continue
    give(me, to)
    release.push(zoneId)
  }
  return { claim, release }
}

const eligibleFor = (slug: string, replicas: readonly Replica[]): string[] => {
  const pinned = replicas.filter(({ zones }) => zones.includes(slug))
  return (pinned.length > 0 ? pinned : replicas.filter(({ zones }) => zones.length === 0)).map(({ name }) => name)
}
