/** Those parts of k6's modules that the scripts use, on Bun's fetch and WebSocket. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { Distribution, type Measures, Share, Total } from './measures.ts'

export type VirtualUser = { idInTest: number; iterationInInstance: number; iterationInTest: number }

export const virtualUsers = new AsyncLocalStorage<VirtualUser>()

const REQUEST_TIMEOUT_MS = 60_000
const EXPECTED_MAX = 399

type Params = {
  headers?: Record<string, string>
  tags?: { name?: string }
  responseCallback?: { statuses: number[] }
}

/** Registers the modules, so that `import http from 'k6/http'` finds them. `stop` ends requests that are under way. */
export const provideK6 = (measures: Measures, environment: Record<string, string>, stop: AbortSignal) => {
  Object.assign(globalThis, { __ENV: environment })

  const asyncRequest = async (method: string, url: string, body: string | null, params: Params = {}) => {
    const startedMs = performance.now()
    const { status, text } = await send(method, url, body, params.headers ?? {}, stop)
    const duration = performance.now() - startedMs
    const expected = params.responseCallback?.statuses
    const failed = expected ? !expected.includes(status) : status === 0 || status > EXPECTED_MAX
    // What was cut off because the test is over says nothing about the server.
    if (!(status === 0 && stop.aborted)) measures.request(params.tags?.name ?? `${method} ${url}`, duration, failed)
    return { status, body: text, timings: { duration }, json: () => JSON.parse(text) }
  }

  const check = (value: unknown, checks: Record<string, (value: never) => boolean>) => {
    let all = true
    for (const [name, test] of Object.entries(checks)) {
      const passed = Boolean(test(value as never))
      if (!stop.aborted) measures.check(name, passed)
      all &&= passed
    }
    return all
  }

  const metric =
    <V>(kind: 'trend' | 'total' | 'share') =>
    (name: string) => ({
      add: (value: V) => {
        if (kind === 'trend') measures.get(name, Distribution).add(Number(value))
        else if (kind === 'total') measures.get(name, Total).add(Number(value))
        else measures.get(name, Share).add(Boolean(value))
      },
    })

  const constructed = <V>(kind: 'trend' | 'total' | 'share') => {
    const make = metric<V>(kind)
    return class {
      readonly add: (value: V) => void
      constructor(name: string) {
        this.add = make(name).add
      }
    }
  }

  const execution = {
    get vu() {
      return virtualUsers.getStore()
    },
    get scenario() {
      return virtualUsers.getStore()
    },
  }
  const http = { asyncRequest, expectedStatuses: (...statuses: number[]) => ({ statuses }) }
  const modules: Record<string, Record<string, unknown>> = {
    k6: { check },
    'k6/http': { default: http, ...http },
    'k6/execution': { default: execution },
    'k6/metrics': { Trend: constructed('trend'), Counter: constructed('total'), Rate: constructed('share') },
    'k6/timers': { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout },
    'k6/websockets': { WebSocket: globalThis.WebSocket },
  }
  Bun.plugin({
    name: 'k6',
    setup: (build) => {
      for (const [name, exports] of Object.entries(modules)) build.module(name, () => ({ exports, loader: 'object' }))
    },
  })
}

const send = async (
  method: string,
  url: string,
  body: string | null,
  headers: Record<string, string>,
  stop: AbortSignal,
) => {
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(REQUEST_TIMEOUT_MS)])
    const response = await fetch(url, { method, headers, body, signal })
    return { status: response.status, text: await response.text() }
  } catch {
    // As k6 says it: no answer is status 0, and counts as failed.
    return { status: 0, text: '' }
  }
}
