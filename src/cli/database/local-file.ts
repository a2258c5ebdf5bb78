import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { download, newestOffSite } from '#core/backup/off-site'
import type { BackupSettings } from '#core/backup/settings'

/** Runs with a backup on this machine: one in S3 is downloaded into BACKUP_DIR first, and removed again afterwards. */
export const withLocalFile = async <T>(
  named: string,
  settings: BackupSettings,
  run: (file: string) => Promise<T>,
): Promise<T> => {
  if (!named.startsWith('s3://')) return await run(named)
  mkdirSync(settings.BACKUP_DIR, { recursive: true, mode: 0o700 })
  const dir = mkdtempSync(join(settings.BACKUP_DIR, '.download-'))
  try {
    return await run(await download(await newestOffSite(named, settings), dir, settings))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
