import { log } from '#core/log'
import type { Profile } from '../graph/road-graph.ts'
import { embeddedCells, embeddedWay, type RouterFor } from './embedded.ts'
import type { Grid } from './grid.ts'
import { type Guard, guardOutcomeOf } from './guard.ts'
import { type LegCache, legKey, placeKey } from './leg-cache.ts'
import { type Provider, type ProviderName, type RouteQuestion, TooMuchError, type Way } from './provider.ts'
import { cutTile, halve, type Tile, tilesOf } from './tiles.ts'

/** What a provider left for the next one, and why: `answered` is nothing. */
export type Left = string

/** A provider as the chain sees it. None of its functions ever rejects. */
export type Link = {
  name: ProviderName
  isRemote: boolean
  /** Whether its terms let its answers be kept for a while. */
  mayKeep: boolean
  serves: (profile: Profile) => boolean
  isResting: () => boolean
  /** Fills what is still missing. What comes after `given` is aborted is only kept for the next who asks. */
  fill: (grid: Grid, given: AbortSignal) => Promise<Left>
  route: (question: RouteQuestion) => Promise<Way | Left>
}

/** Requests for one table. What they do not cover is left to the next provider. */
const REQUESTS_PER_TABLE_MAX = 24

export const remoteLink = (provider: Provider, { isResting, run }: Guard, cache: LegCache): Link => {
  const keep = (key: string, way: { durationSeconds: number; distanceMeters: number }) => {
    if (provider.mayKeep) cache.set(key, way)
  }

  const route = async (question: RouteQuestion): Promise<Way | Left> => {
    try {
      const way = await run('leg', (signal) => provider.route(question, signal))
      if (!way) return 'no-way'
      keep(legKey(question.profile, placeKey(question.from), placeKey(question.to)), way)
      return way
    } catch (error) {
      return guardOutcomeOf(error)
    }
  }

  const fill = async (grid: Grid, given: AbortSignal): Promise<Left> => {
    const { profile } = grid
    let requestsLeft = REQUESTS_PER_TABLE_MAX
    let left: Left = 'answered'

    const askCell = async (tile: Tile) => {
      const [cell] = grid.cellsOf(tile)
      const [from, to] = [grid.origins[tile.rows[0]!]!, grid.destinations[tile.columns[0]!]!]
      const way = await route({ from, to, profile, withGeometry: false })
      if (typeof way === 'string') left = way
      else if (!given.aborted) grid.fillWay(cell!, way)
    }

    const askTile = async (tile: Tile): Promise<void> => {
      // Each request costs money: none is begun for somebody who has gone.
      if (given.aborted || requestsLeft-- <= 0) {
        left = 'not-tried'
        return
      }
      if (tile.rows.length * tile.columns.length === 1) return askCell(tile)
      try {
        const cells = await run('table', (signal) => provider.table(grid.questionOf(tile), signal))
        for (const [index, cell] of grid.cellsOf(tile).entries()) {
          const durationSeconds = cells.durations[index]!
          if (Number.isNaN(durationSeconds)) left = 'no-way'
          else keep(grid.key(cell), { durationSeconds, distanceMeters: cells.distances?.[index] ?? NaN })
        }
        if (!given.aborted) grid.fill(tile, cells)
      } catch (error) {
        if (error instanceof TooMuchError) await Promise.all(halve(tile).map(askTile))
        else left = guardOutcomeOf(error)
      }
    }

    const tiles = tilesOf(grid.origins.length, grid.destinations.length, (cell) => grid.isWanted(cell))
    await Promise.all(tiles.flatMap((tile) => cutTile(tile, provider.limits(profile))).map(askTile))
    return left
  }

  const { name, mayKeep, serves } = provider
  return { name, isRemote: true, mayKeep, serves, isResting, fill, route }
}

/** Our own roads, in this process: no network, so nothing to guard against and nothing to keep. */
export const embeddedLink = (routerFor: RouterFor): Link => ({
  name: 'embedded',
  isRemote: false,
  mayKeep: false,
  serves: () => true,
  isResting: () => false,
  fill: async (grid) => {
    try {
      if (grid.isUntouched) {
        const cells = embeddedCells(routerFor, grid)
        if (!cells) return 'no-roads'
        grid.take(cells)
        return grid.missingCount > 0 ? 'no-way' : 'answered'
      }
      for (const tile of tilesOf(grid.origins.length, grid.destinations.length, (cell) => grid.isMissing(cell))) {
        const cells = embeddedCells(routerFor, grid.questionOf(tile))
        if (!cells) return 'no-roads'
        grid.fill(tile, cells)
      }
      return grid.missingCount > 0 ? 'no-way' : 'answered'
    } catch (error) {
      return embeddedFailed(error)
    }
  },
  route: async (question) => {
    try {
      return embeddedWay(routerFor, question)
    } catch (error) {
      return embeddedFailed(error)
    }
  },
})

const embeddedFailed = (error: unknown): Left => {
  log.error({ err: error instanceof Error ? error.stack : String(error) }, 'the embedded router failed')
  return 'faulty'
}
