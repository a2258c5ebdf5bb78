/**
 * A small server that speaks the part of S3 that backups use: PUT, multipart uploads, GET, HEAD, list. It refuses every
 * request whose AWS Signature Version 4 it does not come to by itself, from the specification (AWS, "Signature
 * calculations for the Authorization header"); s3-server.test.ts holds that to the example AWS publishes.
 */
import { createHash, createHmac } from 'node:crypto'

export type S3Credentials = { accessKeyId: string; secretAccessKey: string }

const hex = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Uint8Array, text: string) => createHmac('sha256', key).update(text).digest()

/** RFC 3986: what AWS signs, whatever was sent. */
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** Also the path is signed as it was sent: S3 alone does not encode it a second time. */
const canonicalQuery = (url: URL) =>
  [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&')

type Signed = {
  method: string
  url: URL
  headers: Headers
  signedHeaders: string[]
  scope: string
  payloadHash: string
}

/** The signature that a request must bear. `scope` is date/region/service/aws4_request. */
export const signatureOf = (request: Signed, secretAccessKey: string): string => {
  const { method, url, headers, signedHeaders, scope, payloadHash } = request
  const lines = signedHeaders.map((name) => `${name}:${(headers.get(name) ?? '').trim().replace(/ +/g, ' ')}\n`)
  const canonical = [
    method,
    url.pathname,
    canonicalQuery(url),
    lines.join(''),
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n')
  const toSign = ['AWS4-HMAC-SHA256', headers.get('x-amz-date'), scope, hex(canonical)].join('\n')
  const key = scope.split('/').reduce<string | Uint8Array>(hmac, `AWS4${secretAccessKey}`)
  return hmac(key, toSign).toString('hex')
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[^/]+\/s3\/aws4_request), ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/

const refused = (status: number, code: string, message: string) =>
  new Response(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`, {
    status,
    headers: { 'content-type': 'application/xml' },
  })

const xml = (body: string) =>
  new Response(`<?xml version="1.0"?>${body}`, { headers: { 'content-type': 'application/xml' } })

const etagOf = (bytes: Uint8Array) => `"${createHash('md5').update(bytes).digest('hex')}"`

const PART_BYTES_MIN = 5 * 1024 * 1024

/** Listens on a free port of the loopback. `fail` makes it answer 503 to what it picks. */
export const startS3Server = (credentials: S3Credentials, bucket: string) => {
  const objects = new Map<string, Uint8Array>()
  const uploads = new Map<string, { key: string; parts: Map<number, Uint8Array> }>()
  const requests: string[] = []
  const unsigned: string[] = []
  let fail: (method: string, url: URL) => boolean = () => false

  const check = (request: Request, url: URL, body: Uint8Array): Response | undefined => {
    const [, accessKeyId, scope, names, signature] =
      AUTHORIZATION.exec(request.headers.get('authorization') ?? '') ?? []
    if (!accessKeyId) return refused(403, 'AccessDenied', 'not signed by the header')
    if (accessKeyId !== credentials.accessKeyId) return refused(403, 'InvalidAccessKeyId', 'no such key')
    const claimed = request.headers.get('x-amz-content-sha256') ?? ''
    if (claimed !== 'UNSIGNED-PAYLOAD' && claimed !== hex(body))
      return refused(400, 'XAmzContentSHA256Mismatch', 'other bytes')
    const signedHeaders = names!.split(';')
    if (!signedHeaders.includes('host') || !signedHeaders.includes('x-amz-date'))
      return refused(403, 'AccessDenied', 'host and date must be signed')
    const expected = signatureOf(
      { method: request.method, url, headers: request.headers, signedHeaders, scope: scope!, payloadHash: claimed },
      credentials.secretAccessKey,
    )
    if (signature !== expected) return refused(403, 'SignatureDoesNotMatch', 'the signature is another')
    return undefined
  }

  const put = (key: string, url: URL, body: Uint8Array) => {
    const uploadId = url.searchParams.get('uploadId')
    if (!uploadId) objects.set(key, body)
    else {
      const upload = uploads.get(uploadId)
      if (upload?.key !== key) return refused(404, 'NoSuchUpload', 'no such upload')
      upload.parts.set(Number(url.searchParams.get('partNumber')), body)
    }
    return new Response(null, { headers: { etag: etagOf(body) } })
  }

  const post = (key: string, url: URL, body: Uint8Array) => {
    if (url.searchParams.has('uploads')) {
      const id = crypto.randomUUID()
      uploads.set(id, { key, parts: new Map() })
      return xml(
        `<InitiateMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${key}</Key><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
      )
    }
    const uploadId = url.searchParams.get('uploadId') ?? ''
    const upload = uploads.get(uploadId)
    if (upload?.key !== key) return refused(404, 'NoSuchUpload', 'no such upload')
    const named = [...new TextDecoder().decode(body).matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part]) => ({
      number: Number(/<PartNumber>(\d+)</.exec(part!)?.[1]),
      etag: /<ETag>(.*?)<\/ETag>/.exec(part!)?.[1]?.replaceAll('&quot;', '"').replaceAll('"', ''),
    }))
    const parts = named.map(({ number }) => upload.parts.get(number))
    if (
      parts.length === 0 ||
      parts.some((part, index) => !part || etagOf(part).replaceAll('"', '') !== named[index]!.etag)
    ) {
      return refused(400, 'InvalidPart', 'a part is missing or another')
    }
    if (parts.slice(0, -1).some((part) => part!.length < PART_BYTES_MIN))
      return refused(400, 'EntityTooSmall', 'a part is too small')
    const whole = Buffer.concat(parts as Uint8Array[])
    objects.set(key, whole)
    uploads.delete(uploadId)
    return xml(
      `<CompleteMultipartUploadResult><Bucket>${bucket}</Bucket><Key>${key}</Key><ETag>${etagOf(whole)}</ETag></CompleteMultipartUploadResult>`,
    )
  }

  const get = (key: string, method: string) => {
    const found = objects.get(key)
    if (!found) return refused(404, 'NoSuchKey', 'no such key')
    const headers = {
      etag: etagOf(found),
      'content-length': String(found.length),
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    }
    return new Response(method === 'HEAD' ? null : (found as Uint8Array<ArrayBuffer>), { headers })
  }

  const list = (url: URL) => {
    const prefix = url.searchParams.get('prefix') ?? ''
    const after = url.searchParams.get('start-after') ?? ''
    const keys = [...objects.keys()].filter((key) => key.startsWith(prefix) && key > after).sort()
    const page = keys.slice(0, LIST_MAX)
    const contents = page.map((key) => `<Contents><Key>${key}</Key><Size>${objects.get(key)!.length}</Size></Contents>`)
    return xml(
      `<ListBucketResult><Name>${bucket}</Name><Prefix>${prefix}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${LIST_MAX}</MaxKeys>` +
        `<IsTruncated>${keys.length > page.length}</IsTruncated>${contents.join('')}</ListBucketResult>`,
    )
  }

  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    maxRequestBodySize: 1024 * 1024 * 1024,
    fetch: async (request) => {
      const url = new URL(request.url)
      const body = new Uint8Array(await request.arrayBuffer())
      requests.push(`${request.method} ${url.pathname}${url.search}`)
      if (fail(request.method, url)) return refused(503, 'SlowDown', 'not now')
      const refusal = check(request, url, body)
      if (refusal) {
        unsigned.push(`${request.method} ${url.pathname}`)
        return refusal
      }
      const [, named, ...rest] = url.pathname.split('/')
      if (named !== bucket) return refused(404, 'NoSuchBucket', 'no such bucket')
      const key = decodeURIComponent(rest.join('/'))
      if (request.method === 'PUT') return put(key, url, body)
      if (request.method === 'POST') return post(key, url, body)
      if (request.method === 'DELETE') {
        uploads.delete(url.searchParams.get('uploadId') ?? '')
        return new Response(null, { status: 204 })
      }
      return key === '' ? list(url) : get(key, request.method)
    },
  })
  return {
    url: `http://127.0.0.1:${server.port}`,
    objects,
    uploads,
    requests,
    refused: unsigned,
    failWhen: (when: typeof fail) => {
      fail = when
    },
    stop: () => server.stop(true),
  }
}

/** Small, so that a list of a few has a second page. */
const LIST_MAX = 4
