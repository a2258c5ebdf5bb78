import { config } from '#core/config'
import { Problem } from '#core/problem'

/** Nothing that we take is nested deeper. Printing or walking 100 kB of brackets keeps a process busy for seconds. */
const NESTING_MAX = 64
/** Too short for nesting to matter: such a body, which is nearly every one, is not looked into. */
const UNINSPECTED_BYTES_MAX = 16 * 1024
const JSON_TYPE = /^application\/json\s*(;|$)/i

/**
 * Refuses a body that is too large, not JSON, or nested too deeply: returns why. Otherwise returns the request to go on
 * with: the same one, or for a long body, or one of unknown length, one that holds what was read of it.
 */
export const checkBody = (request: Request): Request | Problem | Promise<Request | Problem> => {
  const length = request.headers.get('content-length')
  if (length === '0' || (length === null && !request.headers.has('transfer-encoding'))) return request
  if (Number(length) > config().BODY_BYTES_MAX) return tooLarge()
  if (!JSON_TYPE.test(request.headers.get('content-type') ?? '')) {
    return new Problem(415, 'unsupported-media-type', 'Send the body as application/json.')
  }
  return length !== null && Number(length) <= UNINSPECTED_BYTES_MAX ? request : inspect(request)
}

const tooLarge = () => new Problem(413, 'body-too-large', `A body may hold ${config().BODY_BYTES_MAX} bytes at most.`)

const malformed = (detail: string) => new Problem(400, 'malformed-body', detail)

const inspect = async (request: Request): Promise<Request | Problem> => {
  const bytes = await readAtMost(request.body, config().BODY_BYTES_MAX).catch(() => null)
  if (bytes === null) return malformed('The body ended too soon.')
  if (bytes === undefined) return tooLarge()
  const text = bytes.toString()
  if (isNestedTooDeeply(text)) return malformed('The body is nested too deeply.')
  return new Request(request.url, { method: request.method, headers: request.headers, body: text })
}

/** Undefined when there is more. */
const readAtMost = async (body: ReadableStream<Uint8Array> | null, bytesMax: number) => {
  const chunks: Uint8Array[] = []
  let bytesRead = 0
  for await (const chunk of body ?? []) {
    bytesRead += chunk.byteLength
    if (bytesRead > bytesMax) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const code = (character: string) => character.charCodeAt(0)
const [QUOTE, BACKSLASH] = [code('"'), code('\\')]
const [OPENS_ARRAY, CLOSES_ARRAY, OPENS_OBJECT, CLOSES_OBJECT] = [code('['), code(']'), code('{'), code('}')]

/** Counts brackets outside of strings. */
const isNestedTooDeeply = (json: string): boolean => {
  let depth = 0
  let isInString = false
  for (let i = 0; i < json.length; i++) {
    const at = json.charCodeAt(i)
    if (isInString) {
      if (at === BACKSLASH) i++
      else if (at === QUOTE) isInString = false
    } else if (at === QUOTE) isInString = true
    else if (at === OPENS_ARRAY || at === OPENS_OBJECT) {
      if (++depth > NESTING_MAX) return true
    } else if (at === CLOSES_ARRAY || at === CLOSES_OBJECT) depth--
  }
  return false
}
