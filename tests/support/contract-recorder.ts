import { afterAll, beforeAll } from 'bun:test'
import type { Role } from '#core/tokens'

/** One request with its answer, and who asked. */
export type Exchange = {
  method: string
  /** Without the query. */
  path: string
  viewer: { userId: string; role: Role } | undefined
  status: number
  contentType: string
  headers: Headers
  text: string
}

/** Keeps every exchange of a test file, whoever made the request: `given`, `as` and `call` all go through fetch. */
export const recordExchanges = (): Exchange[] => {
  const exchanges: Exchange[] = []
  const fetchAsBefore = globalThis.fetch

  const recordingFetch = async (input: string | URL | Request, init?: RequestInit) => {
    const request = new Request(input as string, init)
    const answer = await fetchAsBefore(input, init)
    exchanges.push({
      method: request.method,
      path: new URL(request.url).pathname,
      viewer: viewerOf(request.headers.get('authorization')),
      status: answer.status,
      contentType: answer.headers.get('content-type') ?? '',
      headers: answer.headers,
      text: await answer.clone().text(),
    })
    return answer
  }

  beforeAll(() => {
    globalThis.fetch = Object.assign(recordingFetch, { preconnect: fetchAsBefore.preconnect })
  })
  afterAll(() => {
    globalThis.fetch = fetchAsBefore
  })
  return exchanges
}

const viewerOf = (authorization: string | null): Exchange['viewer'] => {
  const payload = authorization?.match(/^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/)?.[1]
  if (!payload) return undefined
  const { sub, role } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return { userId: sub, role }
}

export const sayExchange = ({ method, path, viewer, status, text }: Exchange) =>
  `${method} ${path} by ${viewer?.role ?? 'nobody'} → ${status} ${text.slice(0, 300)}`
