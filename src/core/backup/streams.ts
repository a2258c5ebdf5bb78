/** Bytes on their way: counted, hashed, undone. Nothing here holds more than a few chunks. */
import { decrypt } from '#core/backup/age'
import { BackupError, messageOf } from '#core/backup/fault'

type Bytes = ReadableStream<Uint8Array<ArrayBuffer>>

const TAIL_BYTES = 512
const LINES_KEPT = 6
const SAID_CHARS_MAX = 4_000

/** The last line but one of every plain dump; psql's own \unrestrict may follow it. */
const END_MARKER = '-- PostgreSQL database dump complete'
export const CUSTOM_MAGIC = 'PGDMP'

/** Passes a stream on, and tells how much went by and how it ended. */
export const inspect = (from: ReadableStream<Uint8Array>) => {
  let bytes = 0
  let tail: Uint8Array = new Uint8Array()
  const stream = from.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (chunk, controller) => {
        bytes += chunk.length
        tail = Buffer.concat([tail, chunk.subarray(-TAIL_BYTES)]).subarray(-TAIL_BYTES)
        controller.enqueue(chunk)
      },
    }),
  ) as Bytes
  return { stream, bytes: () => bytes, tail: () => new TextDecoder().decode(tail) }
}

/** Throws BackupError. A dump that was cut off between two statements is still good SQL: only its end tells. */
export const assertEndMarker = (tail: string, what: string) => {
  if (!tail.includes(END_MARKER)) throw new BackupError(`${what} does not end as a dump ends: it was cut off.`)
}

export const sha256Of = async (path: string): Promise<{ sha256: string; sizeBytes: number }> => {
  const hash = new Bun.CryptoHasher('sha256')
  let sizeBytes = 0
  for await (const chunk of Bun.file(path).stream()) {
    hash.update(chunk)
    sizeBytes += chunk.length
  }
  return { sha256: hash.digest('hex'), sizeBytes }
}

export type Wrapping = { dumpFormat: 'sql' | 'custom'; isEncrypted: boolean; identities: readonly string[] }

/** The dump inside a backup's file, as pg_dump wrote it. Throws BackupError when it cannot be decrypted. */
export const openDump = async (path: string, { dumpFormat, isEncrypted, identities }: Wrapping): Promise<Bytes> => {
  const stored = Bun.file(path).stream()
  const compressed = (isEncrypted ? await decrypt(stored, identities) : stored) as Bytes
  return dumpFormat === 'sql' ? (compressed.pipeThrough(new DecompressionStream('gzip')) as Bytes) : compressed
}

/** Reads a plain dump to its end, as `gzip -t` does, and says how long it is. */
export const readThrough = async (dump: Bytes): Promise<{ bytes: number; tail: string }> => {
  const inspected = inspect(dump)
  try {
    for await (const _ of inspected.stream);
  } catch (error) {
    throw new BackupError(`The file is damaged: ${messageOf(error)}.`)
  }
  return { bytes: inspected.bytes(), tail: inspected.tail() }
}

/** What a program said last, in one line, without holding all of it. */
export const lastLinesOf = async (stream: ReadableStream<Uint8Array>): Promise<string> => {
  const decoder = new TextDecoder()
  let said = ''
  for await (const chunk of stream) said = (said + decoder.decode(chunk, { stream: true })).slice(-SAID_CHARS_MAX)
  return said.trim().split('\n').slice(-LINES_KEPT).join(' | ') || 'it said nothing'
}
