/** pg_dump into a file: compressed, encrypted if asked, hashed, a chunk at a time. */
import { type FileHandle, open } from 'node:fs/promises'
import type { Encryption } from '#core/backup/age'
import { programConnection } from '#core/backup/connection'
import { BackupError } from '#core/backup/fault'
import type { DumpFormat } from '#core/backup/files'
import type { PostgresTools } from '#core/backup/programs'
import { assertEndMarker, inspect, lastLinesOf } from '#core/backup/streams'
import { LEFT_OUT } from '#core/backup/tables'

export type DumpOrder = {
  tools: PostgresTools
  url: string
  /** An exported snapshot: what is dumped is what others count. */
  snapshot: string
  format: DumpFormat
  encryption: Encryption | undefined
  path: string
  onProgress: (progress: { dumpBytes: number; sizeBytes: number }) => void
  signal: AbortSignal
}

export type Written = { sizeBytes: number; dumpBytes: number; sha256: string }

const LOCK_WAIT_MS = 60_000

/** Throws BackupError when pg_dump fails, when it ends early, or when the file cannot be written. The caller removes the file. */
export const writeDump = async (order: DumpOrder): Promise<Written> => {
  const { format, encryption, path, signal, onProgress } = order
  const child = startPgDump(order)
  const said = lastLinesOf(child.stderr)
  const dumped = inspect(child.stdout)
  const compressed = format === 'sql' ? dumped.stream.pipeThrough(new CompressionStream('gzip')) : dumped.stream
  const file = await open(path, 'wx', 0o600)
  const hash = new Bun.CryptoHasher('sha256')
  let sizeBytes = 0
  try {
    for await (const chunk of encryption ? await encryption.encrypt(compressed) : compressed) {
      signal.throwIfAborted()
      await writeAll(file, chunk)
      hash.update(chunk)
      sizeBytes += chunk.length
      onProgress({ dumpBytes: dumped.bytes(), sizeBytes })
    }
    await file.sync()
  } catch (error) {
    child.kill()
    throw signal.aborted ? signal.reason : explainWrite(error, path)
  } finally {
    await file.close()
  }
  const code = await child.exited
  signal.throwIfAborted()
  if (code !== 0) throw new BackupError(`pg_dump failed (${child.signalCode ?? code}): ${await said}`)
  if (format === 'sql') assertEndMarker(dumped.tail(), 'What pg_dump wrote')
  return { sizeBytes, dumpBytes: dumped.bytes(), sha256: hash.digest('hex') }
}

const startPgDump = ({ tools, url, snapshot, format, signal }: DumpOrder) => {
  const { dbname, env } = programConnection(url)
  const options = [
    `--dbname=${dbname}`,
    `--snapshot=${snapshot}`,
    `--format=${format === 'sql' ? 'plain' : 'custom'}`,
    `--lock-wait-timeout=${LOCK_WAIT_MS}`,
    '--encoding=UTF8',
    '--no-password',
    ...LEFT_OUT.map((table) => `--exclude-table-data=${table}`),
  ]
  return Bun.spawn([tools.pgDump, ...options], { env, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', signal })
}

const writeAll = async (file: FileHandle, chunk: Uint8Array) => {
  for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at, chunk.length - at)).bytesWritten
}

const WRITE_FAULTS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: "this account's disk quota is used up",
  EFBIG: 'the file would be larger than this account may write (ulimit -f)',
  EIO: 'the disk does not work',
}

const explainWrite = (error: unknown, path: string) => {
  const fault = WRITE_FAULTS[(error as { code?: string }).code ?? '']
  return fault ? new BackupError(`${path} cannot be written: ${fault}.`) : error
}
