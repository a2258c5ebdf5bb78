/** Debian's Prometheus and Alertmanager as processes of a test, with our own files. Everything stays on the loopback. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, repository, until } from './chaos-server'

const outputCharsMax = 20_000
const requestTimeoutMs = 10_000
const started = new Set<Bun.Subprocess>()

/** Starts a program and keeps the end of what it says. */
const startProgram = (command: string[], cwd: string) => {
  const child = Bun.spawn(command, { cwd, stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  started.add(child)
  let output = ''
  void (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of child.stderr) output = (output + decoder.decode(chunk)).slice(-outputCharsMax)
  })()
  const becomesReady = (url: string) =>
    until(
      `${command[0]} is ready`,
      async () => {
        if (child.exitCode !== null) throw new Error(`${command[0]} ended:\n${output}`)
        return fetch(url, { signal: AbortSignal.timeout(requestTimeoutMs) }).then(
          ({ ok }) => ok,
          () => false,
        )
      },
      20,
    )
  return { output: () => output, becomesReady }
}

export const endPrograms = async () => {
  for (const child of started) if (child.exitCode === null) child.kill('SIGTERM')
  await Promise.all([...started].map((child) => Promise.race([child.exited, Bun.sleep(5_000)])))
  for (const child of started) if (child.exitCode === null) child.kill('SIGKILL')
  started.clear()
}

/** Runs a checking program to its end. */
export const check = async (command: string[], cwd = repository) => {
  const child = Bun.spawn(command, { cwd, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe' })
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  return { code, said: `${out}${err}` }
}

const replaced = (text: string, pairs: Record<string, string>) => {
  let result = text
  for (const [from, to] of Object.entries(pairs)) {
    if (!result.includes(from)) throw new Error(`the configuration does not have ${from}`)
    result = result.replaceAll(from, to)
  }
  return result
}

type Series = { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }

/** Prometheus by monitoring/prometheus/prometheus.one.yml, but for addresses, and a look every second. */
export const startPrometheus = async (folder: string, targets: { ridendine: string; alertmanager: string }) => {
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  mkdirSync(folder, { recursive: true })
  cpSync(join(repository, 'monitoring/prometheus/rules'), join(folder, 'rules'), { recursive: true })
  const ours = readFileSync(join(repository, 'monitoring/prometheus/prometheus.one.yml'), 'utf8')
  const config = replaced(ours, {
    'scrape_interval: 15s': 'scrape_interval: 1s',
    'evaluation_interval: 15s': 'evaluation_interval: 1s',
    'scrape_timeout: 10s': 'scrape_timeout: 1s',
    'ridendine:9001': targets.ridendine,
    'localhost:9090': address,
    'alertmanager:9093': targets.alertmanager,
  })
  writeFileSync(join(folder, 'prometheus.yml'), config)
  const program = startProgram(
    [
      'prometheus',
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=${address}`,
      // It finds Alertmanager some seconds after the first alert, and would wait a minute to send that again.
      '--rules.alert.resend-delay=2s',
      '--log.level=warn',
    ],
    folder,
  )
  await program.becomesReady(`http://${address}/-/ready`)
  const get = async (path: string, parameters: Record<string, string> = {}) => {
    const answer = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(parameters)}`, {
      signal: AbortSignal.timeout(requestTimeoutMs),
    })
    const body = (await answer.json()) as { status: string; data: unknown; error?: string }
    if (body.status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${body.error}`)
    return body.data
  }
  return {
    get,
    output: program.output,
    /** The series of a query that have at least one number. */
    query: async (expr: string): Promise<Series[]> =>
      ((await get('query', { query: expr })) as { result: Series[] }).result.filter(hasNumber),
    queryRange: async (expr: string, seconds: number): Promise<Series[]> => {
      const end = Date.now() / 1000
      const range = { query: expr, start: String(end - seconds), end: String(end), step: '1' }
      return ((await get('query_range', range)) as { result: Series[] }).result.filter(hasNumber)
    },
  }
}

export type Prometheus = Awaited<ReturnType<typeof startPrometheus>>

const hasNumber = ({ value, values = [] }: Series) =>
  [...(value ? [value] : []), ...values].some(([, text]) => Number.isFinite(Number(text)))

export type Alert = { labels: Record<string, string>; status: { state: string; inhibitedBy: string[] } }

/** Alertmanager by monitoring/alertmanager/alertmanager.yml, whose receivers are `receiver` on the loopback. */
export const startAlertmanager = async (folder: string, receiver: string) => {
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  mkdirSync(join(folder, 'secrets'), { recursive: true })
  for (const name of ['pagerduty_routing_key', 'smtp_password', 'heartbeat_token']) {
    writeFileSync(join(folder, 'secrets', name), `${name}-of-the-test`)
  }
  const ours = readFileSync(join(repository, 'monitoring/alertmanager/alertmanager.yml'), 'utf8')
  const config = replaced(ours, {
    'global:\n': `global:\n  pagerduty_url: http://${receiver}/pagerduty\n`,
    'smtp_smarthost: mail:1025': 'smtp_smarthost: 127.0.0.1:1',
    'https://heartbeat.ridendine.example/': `http://${receiver}/heartbeat/`,
    '/run/secrets/': `${join(folder, 'secrets')}/`,
    'group_wait: 15s': 'group_wait: 1s',
  })
  writeFileSync(join(folder, 'alertmanager.yml'), config)
  const program = startProgram(
    [
      'prometheus-alertmanager',
      '--config.file=alertmanager.yml',
      '--storage.path=data',
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
      '--log.level=warn',
    ],
    folder,
  )
  await program.becomesReady(`http://${address}/-/ready`)
  return {
    address,
    output: program.output,
    send: async (labels: Record<string, string>[]) => {
      const body = labels.map((one) => ({ labels: one, annotations: { summary: `${one.alertname} of the test` } }))
      const answer = await fetch(`http://${address}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(requestTimeoutMs),
      })
      if (!answer.ok) throw new Error(`Alertmanager refuses alerts: ${answer.status} ${await answer.text()}`)
    },
    alerts: async (): Promise<Alert[]> => {
      const answer = await fetch(`http://${address}/api/v2/alerts`, { signal: AbortSignal.timeout(requestTimeoutMs) })
      return (await answer.json()) as Alert[]
    },
  }
}
