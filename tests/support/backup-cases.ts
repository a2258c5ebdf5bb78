/** A market and a good backup of it, for test files that hurt copies of it: one market each file, one empty folder each test. */
import { afterAll, beforeAll, beforeEach, expect } from 'bun:test'
import { copyFileSync, mkdtempSync } from 'node:fs'
import { basename, join } from 'node:path'
import { filesOf } from '#core/backup/files'
import { backupsIn, contentsOf, databaseCommand, type Environment, type Market, openMarket } from './backup-market'
import { endServers } from './chaos-server'

type Options = Parameters<typeof openMarket>[0]

/** Called once at the top of a test file; what it gives is there from the first test on. */
export const useBackups = (options?: Options) => {
  let market: Market
  let good: string
  let before: Record<string, string>
  let dir: string

  const environment = (more: Environment = {}): Environment => ({ DATABASE_URL: market.url, BACKUP_DIR: dir, ...more })
  const backup = (args: string[] = [], more: Environment = {}, shell?: string) =>
    databaseCommand('backup', args, environment(more), shell)
  const onlyBackup = () => join(dir, backupsIn(dir)[0]!)

  beforeAll(async () => {
    market = await openMarket(options)
    before = await contentsOf(market.url)
    dir = join(market.folder, 'good')
    const made = await backup()
    if (made.code !== 0) throw new Error(made.output)
    good = onlyBackup()
  }, 120_000)

  beforeEach(async () => {
    dir = mkdtempSync(join(market.folder, 'case-'))
    await market.drop(/_before_restore_/)
  })

  afterAll(async () => {
    await endServers()
    await market?.close()
  })

  return {
    get market() {
      return market
    },
    /** A backup of the market as it is, which tests copy before they hurt it. */
    get good() {
      return good
    },
    /** What the market held when the good backup was made. */
    get before() {
      return before
    },
    /** Where a test writes. */
    get dir() {
      return dir
    },
    environment,
    backup,
    restore: (args: string[], more: Environment = {}) => databaseCommand('restore', args, environment(more)),
    onlyBackup,
    copyOfGood: (): string => {
      for (const path of filesOf(good)) copyFileSync(path, join(dir, basename(path)))
      return join(dir, basename(good))
    },
    /** A market that was not touched: the same rows, and no database besides. */
    expectUntouched: async () => {
      expect(await market.databases()).toEqual(['ridendine'])
      expect(await contentsOf(market.url)).toEqual(before)
    },
  }
}
