import type { z } from 'zod'
import { clock } from '#core/clock'
import { AwayError } from '#core/remote-policy'
import { DeclinedError, faulty, RestError } from './provider.ts'

/**
 * One question over HTTP to somebody else's server. Keys travel in addresses and headers, and a server may say in its
 * errors what it was sent: so nothing of either is in the errors thrown here, nor is the error that fetch has thrown.
 */

const ANSWER_BYTES_MAX = 16 * 1024 * 1024

const REST_MS_DEFAULT = 5_000
const REST_MS_MAX = 300_000
/** A key that is not taken will hardly be taken in a moment. */
const REFUSED_REST_MS = 60_000

export type Ask<S extends z.ZodType> = {
  name: string
  url: string
  init?: { method?: 'POST'; headers?: Record<string, string>; body?: string }
  signal: AbortSignal
  /** Of a JSON answer with status 200. */
  answer: S
  /** What an answer with another status means; undefined where it says nothing that the status does not. */
  meaning?: (status: number, body: unknown) => Error | z.output<S> | undefined
}

/** The answer, checked. Throws AwayError, RestError or DeclinedError. */
export const ask = async <S extends z.ZodType>({ name, url, init, signal, answer, meaning }: Ask<S>) => {
  const response = await send(name, url, init, signal)
  const text = await textOf(name, response)
  const body = parseJson(text)
  if (!response.ok) {
    const meant = meaning?.(response.status, body) ?? refusalOf(name, response)
    if (meant instanceof Error) throw meant
    return meant as z.output<S>
  }
  if (body === undefined) throw faulty(name, 'the answer is no JSON')
  const parsed = answer.safeParse(body)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw faulty(name, `the answer has another shape: ${issue?.code} at ${issue?.path.map(String).join('.')}`)
  }
  return parsed.data
}

const send = async (name: string, url: string, init: Ask<z.ZodType>['init'], signal: AbortSignal) => {
  try {
    // A redirect would take the key to somebody else.
    return await fetch(url, { ...init, redirect: 'error', signal })
  } catch (error) {
    throw new AwayError('away', `${name}: ${codeOf(error)}`, true)
  }
}

const CODE = /^[A-Za-z_]{1,64}$/
/** Of an error of fetch only its code: its text and its fields have the address. */
const codeOf = (error: unknown): string => {
  const { code, name } = error as { code?: unknown; name?: unknown }
  return [code, name].map(String).find((one) => CODE.test(one) && one !== 'undefined') ?? 'no connection'
}

const textOf = async (name: string, response: Response): Promise<string> => {
  const decoder = new TextDecoder()
  let [text, size] = ['', 0]
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength
      if (size > ANSWER_BYTES_MAX) throw faulty(name, 'the answer is too long')
      text += decoder.decode(chunk, { stream: true })
    }
  } catch (error) {
    if (error instanceof AwayError) throw error
    throw new AwayError('away', `${name}: ${codeOf(error)}`, true)
  }
  return text + decoder.decode()
}

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const refusalOf = (name: string, { status, headers }: Response): Error => {
  const said = `${name} answered ${status}`
  if (status === 401 || status === 403) return new RestError('refused', said, REFUSED_REST_MS)
  if (status === 429) return new RestError('limited', said, restMs(headers))
  if (status === 503 && headers.has('retry-after')) return new RestError('limited', said, restMs(headers))
  if (status >= 500 || status === 408) return new AwayError('away', said, true)
  return new DeclinedError(said)
}

/** For a key that is refused with a status of its own. */
export const keyRefused = (name: string) => new RestError('refused', `${name} does not take the key`, REFUSED_REST_MS)

/** Retry-After is in seconds, or an instant (RFC 9110). */
const restMs = (headers: Headers): number => {
  const text = headers.get('retry-after') ?? ''
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - clock.nowMs()
  return Number.isNaN(ms) ? REST_MS_DEFAULT : Math.min(Math.max(ms, 0), REST_MS_MAX)
}
