import { afterAll, beforeAll, expect } from 'bun:test'
import { createApp } from '#app'
import { resetClock } from '#core/clock'
import { config, parseConfig, setConfig } from '#core/config'
import { closeDatabase, database, openDatabase } from '#core/database'
import { markStarted } from '#core/health'
import { openLog } from '#core/log'
import { type ApartMarket, type OwnSettings, startApart } from './apart'
import { jwtKeys } from './chaos-server'
import { freshDatabase } from './database'

export type Reply = {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read what the server sent, whatever it is
  body: any
  headers: Headers
}

export type CallOptions = { token?: string; body?: unknown; raw?: string; headers?: Record<string, string> }

/** A call to the running app over HTTP. */
export const call = async (
  method: string,
  path: string,
  { token, body, raw, headers }: CallOptions = {},
): Promise<Reply> => {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  const answer = await fetch(`${baseUrl()}${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    body: text,
  })
  const received = await answer.text()
  return { status: answer.status, body: parseBody(answer, received), headers: answer.headers }
}

const parseBody = (answer: Response, text: string) =>
  /json/.test(answer.headers.get('content-type') ?? '') && text !== '' ? JSON.parse(text) : text

let base: string | undefined

export const baseUrl = (): string => {
  if (!base) throw new Error('call useMarket() at the top of the test file')
  return base
}

export type MarketOptions = { environment?: Record<string, string> }

/**
 * The whole market of this test file with its own database, on a free port. Rounds come every 100 ms. Together (see
 * isApart) the clock is the test's to turn.
 */
export const useMarket = ({ environment = {} }: MarketOptions = {}) =>
  useStarted(environment, (url, settings) => (isApart ? startApart(url, settings) : startHere()))

/** The market as four processes, whatever the shape of this run; some may have settings of their own. */
export const useApartMarket = (own: OwnSettings = {}): (() => ApartMarket) => {
  let market: ApartMarket
  useStarted({}, async (url, settings) => {
    market = await startApart(url, settings, own)
    return market
  })
  return () => market
}

type Started = { base: string; stop(): Promise<void> }

const useStarted = (
  environment: Record<string, string>,
  start: (databaseUrl: string, settings: Record<string, string>) => Promise<Started>,
) => {
  let stop = async () => {}
  beforeAll(async () => {
    const store = await freshDatabase()
    const here = { HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: process.env.TEST_LOG_LEVEL ?? 'silent' }
    const settings = { NODE_ENV: 'test', JWT_KEYS: jwtKeys, DISPATCH_ROUND_MS: '100', ...environment }
    setConfig(parseConfig({ DATABASE_URL: store.url, ...here, ...settings }))
    await openLog({ level: config().LOG_LEVEL, format: 'json' })
    await openDatabase({ url: store.url, poolMax: 8, statementTimeoutMs: 5_000, lockTimeoutMs: 3_000 })
    const market = await start(store.url, settings)
    base = market.base
    stop = async () => {
      await market.stop()
      await closeDatabase()
      await store.drop()
    }
  })
  afterAll(async () => {
    resetClock()
    await stop()
  })
}

/** `bun run test journeys-apart` sets it: the market is four processes, and a test reaches them by the network only. */
export const isApart = process.env.TEST_SHAPE === 'apart'

/** All modules in this process. */
const startHere = async () => {
  const { app, start, closeSockets } = createApp()
  app.listen({ port: 0, hostname: '127.0.0.1' })
  const stopModules = await start()
  markStarted()
  return {
    base: `http://127.0.0.1:${app.server!.port}`,
    stop: async () => {
      closeSockets()
      await app.stop(true)
      await stopModules()
    },
  }
}

/** Straight to the database, to arrange what the API cannot, and to see what it must not show. */
export const sql = () => database.sql

declare module 'bun:test' {
  interface Matchers<T> {
    /** The reply is RFC 9457 problem+json with this status and slug. */
    toBeProblem(status: number, slug?: string): T
  }
}

expect.extend({
  toBeProblem(received: unknown, status: number, slug?: string) {
    const reply = received as Reply
    const type = reply.body?.type as string | undefined
    const isProblem =
      reply.status === status &&
      reply.headers.get('content-type') === 'application/problem+json' &&
      reply.body.status === status &&
      reply.body.instance === reply.headers.get('x-request-id') &&
      (slug === undefined || type === `/problems/${slug}`)
    return {
      pass: isProblem,
      message: () => `expected problem ${status} ${slug ?? ''}, got ${reply.status} ${JSON.stringify(reply.body)}`,
    }
  },
})

const POLL_MS = 20

/** Waits for something that another part of the market does on its own. Fails after some seconds, saying what for. */
export const eventually = async <T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  seconds = 8,
): Promise<T> => {
  const deadline = performance.now() + seconds * 1000
  while (performance.now() < deadline) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen as T
    await Bun.sleep(POLL_MS)
  }
  throw new Error(`did not happen within ${seconds} s: ${what}`)
}
