/** Copies of backups in an S3 bucket, by Bun's own client: in parts, a few at a time, never the whole file in memory. */
import { mkdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { BackupError, messageOf } from '#core/backup/fault'
import { filesOf, timeOfName } from '#core/backup/files'
import type { BackupSettings } from '#core/backup/settings'

/** What S3 allows: parts of 5 MiB or more, and 10,000 of them. */
const PART_BYTES_MIN = 5 * 1024 * 1024
const PARTS_MAX = 9_000
const PARTS_AT_ONCE = 4
const RETRIES = 3
const READ_BYTES = 1024 * 1024

type Place = { bucket: string; prefix: string }

/** `s3://bucket/some/folder`. Throws BackupError. Pure. */
export const parseS3Url = (url: string): Place => {
  const [, bucket, prefix = ''] = /^s3:\/\/([a-z0-9][a-z0-9.-]+)(?:\/(.*))?$/.exec(url) ?? []
  if (!bucket) throw new BackupError(`"${url}" is no place in S3: write s3://bucket or s3://bucket/folder.`)
  return { bucket, prefix: prefix.replace(/\/+$/, '') }
}

const clientFor = (bucket: string, settings: BackupSettings) => {
  const { S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings
  if (!accessKeyId || !secretAccessKey) throw new BackupError('S3 wants S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY.')
  return new Bun.S3Client({
    bucket,
    accessKeyId,
    secretAccessKey,
    ...(settings.S3_ENDPOINT ? { endpoint: settings.S3_ENDPOINT } : {}),
    ...(settings.S3_REGION ? { region: settings.S3_REGION } : {}),
    ...(settings.S3_SESSION_TOKEN ? { sessionToken: settings.S3_SESSION_TOKEN } : {}),
  })
}

/** So that a large file has not too many parts. Pure. */
export const partBytesFor = (sizeBytes: number) => Math.max(PART_BYTES_MIN, Math.ceil(sizeBytes / PARTS_MAX))

const keyOf = (prefix: string, path: string) => (prefix ? `${prefix}/${basename(path)}` : basename(path))

/** Uploads the three files of a backup, the backup itself last, and reads back that each has arrived whole. Throws BackupError. */
export const upload = async (file: string, url: string, settings: BackupSettings, onBytes: (bytes: number) => void) => {
  const { bucket, prefix } = parseS3Url(url)
  const client = clientFor(bucket, settings)
  for (const path of filesOf(file)) {
    const key = keyOf(prefix, path)
    try {
      await uploadOne(client, path, key, onBytes)
    } catch (error) {
      throw new BackupError(`${file} is good here, but was not copied to s3://${bucket}/${key}: ${explain(error)}`)
    }
  }
}

const uploadOne = async (client: Bun.S3Client, path: string, key: string, onBytes: (bytes: number) => void) => {
  const writer = client
    .file(key)
    .writer({ partSize: partBytesFor(Bun.file(path).size), queueSize: PARTS_AT_ONCE, retry: RETRIES })
  const source = await open(path, 'r')
  let sizeBytes = 0
  try {
    for (;;) {
      const { bytesRead, buffer } = await source.read(new Uint8Array(READ_BYTES), 0, READ_BYTES)
      if (bytesRead === 0) break
      await writer.write(buffer.subarray(0, bytesRead))
      sizeBytes += bytesRead
      onBytes(sizeBytes)
    }
    await writer.end()
  } finally {
    await source.close()
  }
  // Bun 1.4.5: end() is answered well even when a part was refused at each try. What has arrived is asked for.
  const { size } = await client.stat(key)
  if (size !== sizeBytes) throw new BackupError(`${size} bytes have arrived of ${sizeBytes}`)
}

/** Downloads a backup with its manifest and checksum into a folder, and returns its path there. Throws BackupError. */
export const download = async (url: string, dir: string, settings: BackupSettings): Promise<string> => {
  const { bucket, prefix: key } = parseS3Url(url)
  const client = clientFor(bucket, settings)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const target = join(dir, basename(key))
  for (const path of filesOf(target)) {
    const from = key.slice(0, -basename(key).length) + basename(path)
    try {
      await Bun.write(path, client.file(from))
    } catch (error) {
      throw new BackupError(`s3://${bucket}/${from} cannot be read: ${explain(error)}`)
    }
  }
  return target
}

/** The newest backup in a folder of a bucket, as a URL; one that names a backup is handed back. Throws BackupError. */
export const newestOffSite = async (url: string, settings: BackupSettings): Promise<string> => {
  const { bucket, prefix } = parseS3Url(url)
  if (timeOfName(basename(prefix))) return url
  const client = clientFor(bucket, settings)
  const folder = prefix ? `${prefix}/` : ''
  let newest = ''
  let startAfter: string | undefined
  do {
    const page = await client
      .list({ prefix: `${folder}ridendine_`, ...(startAfter ? { startAfter } : {}) })
      .catch((error) => {
        throw new BackupError(`s3://${bucket}/${folder} cannot be listed: ${explain(error)}`)
      })
    const keys = (page.contents ?? []).map(({ key }) => key)
    startAfter = page.isTruncated ? keys.at(-1) : undefined
    for (const key of keys) if (timeOfName(basename(key)) && key > newest) newest = key
  } while (startAfter)
  if (!newest) throw new BackupError(`There is no backup in s3://${bucket}/${folder}.`)
  return `s3://${bucket}/${newest}`
}

const explain = (error: unknown) => {
  const { code, path } = error as { code?: string; path?: string }
  return [messageOf(error), code && `(${code})`, path && !messageOf(error).includes(path) ? path : '']
    .filter(Boolean)
    .join(' ')
}
