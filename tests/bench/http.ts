/**
 * `bun run bench:http`: our server beside the least that Bun and Postgres can do on the same machine in the same run.
 * A benchmark, never a test: it ends with 0 unless something broke, and says how many limits were met.
 *
 * --quick        one short round each, for development
 * --only NAME    health, chefs, menu, orders, orders-keyed, login, memory or start; several with commas
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { ensure, programs } from '../provision.ts'
import { cleanUp, cleanUpOnSignals, INTERRUPTED_EXIT_CODE, interruption } from './cleanup.ts'
import { registerCustomers } from './customers.ts'
import { type RequestFiles, writeRequests } from './http-requests.ts'
import { measureRow, type RowPlan, rowHeading, rowLegend, rowText } from './http-rows.ts'
import { loginText, measureLogin } from './login-row.ts'
import { measureMemory, measureStart, memoryText, startText } from './process-rows.ts'
import { type Served, type Stack, startStack } from './stack.ts'
import { runWrk, type Target } from './wrk.ts'

const FULL = {
  rounds: 3,
  seconds: 4,
  historySeconds: 5,
  login: { rounds: 2, seconds: 5 },
  memorySeconds: 60,
  starts: 5,
}
const QUICK = {
  rounds: 1,
  seconds: 2,
  historySeconds: 2,
  login: { rounds: 1, seconds: 3 },
  memorySeconds: 10,
  starts: 3,
}
const NAMES = ['health', 'chefs', 'menu', 'orders', 'orders-keyed', 'login', 'memory', 'start'] as const
type Name = (typeof NAMES)[number]

process.chdir(`${import.meta.dir}/../..`)

const main = async () => {
  const { quick, chosen } = readArguments()
  const pace = quick ? QUICK : FULL
  await ensure(programs.filter(({ command }) => command === 'wrk'))
  const load = loadavg()[0]!.toFixed(2)
  console.log(`bench:http, bun ${Bun.version}, ${cpus().length} x ${cpus()[0]!.model}, load ${load} before\n`)
  const stack = await startStack()
  const server = await stack.startServer()
  const customers = await registerCustomers(server.url)
  const files = await writeRequests(stack, customers)
  await makeHistory(stack, { url: server.url, requestsFile: files.orders }, pace.historySeconds)
  const part: Part = { stack, files, chosen, pace, met: {} }

  await measureRows(part, server)
  if (chosen.includes('login')) {
    const row = await measureLogin(server, customers, pace.login)
    part.met.login = row.isMet
    console.log(`\nlogin: ${loginText(row)}`)
  }
  await server.stop()
  await measureProcess(part)
  console.log(`\n${summaryOf(part.met)}`)
}

const summaryOf = (met: Record<string, boolean>) => {
  const short = Object.keys(met).filter((name) => !met[name])
  const names = short.length > 0 ? `; short: ${short.join(', ')}` : ''
  return `${Object.keys(met).length - short.length} of ${Object.keys(met).length} limits met${names}`
}

const readArguments = () => {
  const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } } })
  const chosen = values.only?.split(',') ?? [...NAMES]
  const unknown = chosen.filter((name) => !(NAMES as readonly string[]).includes(name))
  if (unknown.length > 0) throw new Error(`--only knows ${NAMES.join(', ')}; not ${unknown.join(', ')}`)
  return { quick: values.quick, chosen: chosen as Name[] }
}

/**
 * Nobody's market is empty: plans that Postgres makes, and keeps, for empty tables are scans, which grow slower with each
 * order. So some orders come first, and statistics of them, as autovacuum would gather within a minute.
 */
const makeHistory = async ({ sql }: Stack, orders: Target, seconds: number) => {
  await assertAnswers(orders)
  await runWrk(orders, seconds)
  await sql`vacuum analyze`
}

type Part = {
  stack: Stack
  files: RequestFiles
  chosen: readonly Name[]
  pace: typeof FULL
  met: Record<string, boolean>
}

const measureRows = async ({ stack, files, chosen, pace, met }: Part, server: Served) => {
  const plans = plansFor(server, files)
  const wanted = chosen.filter((name) => name in plans) as (keyof typeof plans)[]
  if (wanted.length === 0) return
  console.log(rowHeading())
  for (const name of wanted) {
    const { peerMode, ...plan } = plans[name]
    // A new one each time: the peer is at its best, whatever a process gathers with age.
    const peer = await stack.startBare(peerMode)
    await assertAnswers(plan.ours)
    const filled: RowPlan = {
      ...plan,
      peerName: `  bare ${peerMode}`,
      peer: peerMode === 'constant' ? { url: peer.url } : { url: peer.url, requestsFile: files.rows },
    }
    const row = await measureRow(filled, { ours: server, bare: peer, postgresPid: stack.postgresPid }, pace)
    met[name] = row.isMet
    console.log(rowText(row))
    await peer.stop()
  }
  console.log(rowLegend)
}

const plansFor = ({ url }: Served, files: RequestFiles) => {
  const select = { peerMode: 'select' as const }
  return {
    health: { name: 'GET /health', ours: { url: `${url}/health` }, peerMode: 'constant' as const, shareMin: 0.6 },
    chefs: { name: 'GET /chefs near', ours: { url, requestsFile: files.chefs }, ...select, shareMin: 0.5 },
    menu: { name: 'GET menu', ours: { url, requestsFile: files.menus }, ...select, shareMin: 0.5 },
    orders: { name: 'POST /orders', ours: { url, requestsFile: files.orders }, ...select, shareMin: 0.2 },
    'orders-keyed': {
      name: 'POST /orders, keyed',
      ours: { url, requestsFile: files.orders, keyed: true },
      ...select,
      shareMin: 0.2,
    },
  }
}

/** A load of refusals would be fast and worthless: the first request must be answered well, or nothing is measured. */
const assertAnswers = async ({ url, requestsFile }: Target) => {
  const [first] = requestsFile ? (await Bun.file(requestsFile).text()).split('\n', 1) : [`GET\t\t\t`]
  const [method, path, token, body] = first!.split('\t')
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body && { 'content-type': 'application/json' }),
  }
  const answer = await fetch(url + path, { method, headers, body: body || undefined })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`)
}

const measureProcess = async ({ stack, files, chosen, pace, met }: Part) => {
  if (chosen.includes('memory')) {
    const server = await stack.startServer()
    const row = await measureMemory(server, { url: server.url, requestsFile: files.mix }, pace.memorySeconds)
    met.memory = row.isMet
    console.log(`\nmemory: ${memoryText(row)}`)
    await server.stop()
  }
  if (chosen.includes('start')) {
    const row = await measureStart(stack, pace.starts)
    met.start = row.isMet
    console.log(`\nstart: ${startText(row)}`)
  }
}

cleanUpOnSignals()
let exitCode = 0
try {
  await main()
} catch (error) {
  // What fails because its processes are being stopped is no news.
  exitCode = interruption.signal.aborted ? INTERRUPTED_EXIT_CODE : 1
  if (!interruption.signal.aborted) console.error(error)
} finally {
  await cleanUp()
}
process.exit(exitCode)
