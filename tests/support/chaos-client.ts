/** Callers of a chaos test: each answer is kept with how long it took, and what was not answered is kept too. */
export type Answer = {
  method: string
  path: string
  /** 0: no answer came; `body` then names what happened. */
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests read what the server sent, whatever it is
  body: any
  headers: Headers
  /** When it was sent, on the clock of performance.now(). */
  sentMs: number
  tookMs: number
}

export type Ask = { token?: string; body?: unknown; key?: string; timeoutMs?: number }

const timeoutMsDefault = 15_000

/** One request; never throws. */
export const ask = async (
  base: string,
  method: string,
  path: string,
  { token, body, key, timeoutMs = timeoutMsDefault }: Ask = {},
): Promise<Answer> => {
  const sentMs = performance.now()
  const answered = (status: number, content: unknown, headers = new Headers()): Answer => ({
    method,
    path,
    status,
    body: content,
    headers,
    sentMs,
    tookMs: performance.now() - sentMs,
  })
  try {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(key ? { 'idempotency-key': key } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return answered(response.status, isJson ? JSON.parse(text) : text, response.headers)
  } catch (error) {
    return answered(0, String((error as { code?: string }).code ?? (error as Error).name))
  }
}

/** Whether an answer says "not now" as it should: a problem with the id of its request and a time to come back. */
export const isRetryLater = ({ status, body, headers }: Answer): boolean =>
  status === 503 &&
  headers.get('content-type') === 'application/problem+json' &&
  body.status === 503 &&
  body.instance === headers.get('x-request-id') &&
  Number(headers.get('retry-after')) > 0

const retryPauseMs = 100
const persistSecondsMax = 30

/** Asks until there is a lasting answer: a lost one, a 503 and "still running" are asked again. */
export const persist = async (send: () => Promise<Answer>, onAnswer: (answer: Answer) => void): Promise<Answer> => {
  const deadline = performance.now() + persistSecondsMax * 1000
  for (;;) {
    const answer = await send()
    onAnswer(answer)
    const isPassing =
      answer.status === 0 || answer.status === 503 || answer.body?.type === '/problems/request-in-progress'
    if (!isPassing || performance.now() > deadline) return answer
    await Bun.sleep(retryPauseMs)
  }
}

export type Sums = { count: number; byStatus: Record<string, number>; longestMs: number; longest: string }

/** What a test prints: figures of the answers whose requests were sent from one instant to another. */
export const sumUp = (answers: readonly Answer[], fromMs = 0, toMs = Number.POSITIVE_INFINITY): Sums => {
  const chosen = answers.filter(({ sentMs }) => sentMs >= fromMs && sentMs <= toMs)
  const byStatus: Record<string, number> = {}
  for (const { status } of chosen) byStatus[status] = (byStatus[status] ?? 0) + 1
  const longest = chosen.toSorted((a, b) => b.tookMs - a.tookMs)[0]
  return {
    count: chosen.length,
    byStatus,
    longestMs: Math.round(longest?.tookMs ?? 0),
    longest: longest ? `${longest.method} ${longest.path} ${longest.status}` : '',
  }
}

/** One line of figures in the output of the run. */
export const tell = (what: string, figures: object) => console.log(`    ${what}: ${JSON.stringify(figures)}`)
