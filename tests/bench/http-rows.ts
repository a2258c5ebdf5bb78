/** Our server beside its peer under the same load: rounds of one and the other in turn, so that both see the same machine. */

import { familyMicros, processMicros, strangerRemark, watchStrangers } from './processor-time.ts'
import type { Served } from './stack.ts'
import { median } from './statistics.ts'
import { CONNECTIONS, type Load, runWrk, type Target } from './wrk.ts'

const WARM_UP_SECONDS = 2
/** What a server still does for requests that it has answered, such as events, is counted too. */
const SETTLE_MS = 200

export type RowPlan = {
  name: string
  ours: Target
  peer: Target
  peerName: string
  /** Of the peer's requests per second, ours must reach this share. */
  shareMin: number
}

export type Side = {
  requestsPerSecond: number
  p50Ms: number
  p99Ms: number
  bunMicros: number
  postgresMicros: number
  bytes: number
  failedCount: number
  wrkShare: number
  /** Of the machine's working time, what went to processes that have no part in this. */
  strangerShare: number
}

export type Row = RowPlan & { ourSide: Side; peerSide: Side; share: number; cpuShare: number; isMet: boolean }

type Servers = { ours: Served; bare: Served; postgresPid: number }
type Pace = { rounds: number; seconds: number }

export const measureRow = async (plan: RowPlan, servers: Servers, { rounds, seconds }: Pace): Promise<Row> => {
  const { ours, bare, postgresPid } = servers
  await runWrk(plan.ours, WARM_UP_SECONDS)
  await runWrk(plan.peer, WARM_UP_SECONDS)
  const pairs: { our: Side; peer: Side }[] = []
  for (let round = 0; round < rounds; round++) {
    const our = await measureSide(plan.ours, ours.pid, postgresPid, seconds)
    pairs.push({ our, peer: await measureSide(plan.peer, bare.pid, postgresPid, seconds) })
  }
  const totalMicros = ({ bunMicros, postgresMicros }: Side) => bunMicros + postgresMicros
  const ourSide = middleOf(pairs.map(({ our }) => our))
  // Shares of neighbours in time: what the machine did else in that round troubled both.
  const share = median(pairs.map(({ our, peer }) => our.requestsPerSecond / peer.requestsPerSecond))
  return {
    ...plan,
    ourSide,
    peerSide: middleOf(pairs.map(({ peer }) => peer)),
    share,
    cpuShare: median(pairs.map(({ our, peer }) => totalMicros(peer) / totalMicros(our))),
    isMet: share >= plan.shareMin && ourSide.failedCount === 0,
  }
}

const measureSide = async (target: Target, pid: number, postgresPid: number, seconds: number): Promise<Side> => {
  const strangers = watchStrangers()
  const read = () => ({ bun: processMicros(pid), postgres: familyMicros(postgresPid) })
  const before = read()
  const load = await runWrk(target, seconds)
  await Bun.sleep(SETTLE_MS)
  const after = read()
  return {
    ...perRequest(load, after.bun - before.bun, after.postgres - before.postgres),
    strangerShare: strangers(),
  }
}

const perRequest = (load: Load, bun: number, postgres: number) => ({
  requestsPerSecond: load.requestCount / (load.durationMicros / 1e6),
  p50Ms: load.p50Micros / 1000,
  p99Ms: load.p99Micros / 1000,
  bunMicros: bun / load.requestCount,
  postgresMicros: postgres / load.requestCount,
  bytes: load.bytes / load.requestCount,
  failedCount: load.refusedCount + load.brokenCount,
  wrkShare: load.cpuShare,
})

const middleOf = (sides: readonly Side[]): Side => {
  const middle = (name: keyof Side) => median(sides.map((side) => side[name]))
  return {
    requestsPerSecond: middle('requestsPerSecond'),
    p50Ms: middle('p50Ms'),
    p99Ms: middle('p99Ms'),
    bunMicros: middle('bunMicros'),
    postgresMicros: middle('postgresMicros'),
    bytes: middle('bytes'),
    failedCount: sides.reduce((sum, { failedCount }) => sum + failedCount, 0),
    wrkShare: middle('wrkShare'),
    strangerShare: middle('strangerShare'),
  }
}

const header = ['server'.padEnd(22), 'req/s', 'p50 ms', 'p99 ms', 'Bun us', 'PG us', 'bytes', 'failed', 'wrk', 'others']

export const rowHeading = () => `${line(header)}\n${'-'.repeat(96)}`

export const rowText = ({ name, peerName, ourSide, peerSide, share, cpuShare, shareMin, isMet }: Row): string => {
  const verdict = isMet ? 'ok' : 'short'
  const ratio = `${percent(share)} of the peer's requests/s (limit ${percent(shareMin)}): ${verdict}`
  const remark = strangerRemark(Math.max(ourSide.strangerShare, peerSide.strangerShare))
  const cpu = `its processor time is ${percent(cpuShare)} of ours`
  return [
    line([name.padEnd(22), ...cells(ourSide)]),
    line([peerName.padEnd(22), ...cells(peerSide)]),
    `  ${ratio}; ${cpu}${remark}`,
  ].join('\n')
}

const cells = (side: Side) => [
  side.requestsPerSecond.toFixed(0),
  side.p50Ms.toFixed(2),
  side.p99Ms.toFixed(2),
  side.bunMicros.toFixed(1),
  side.postgresMicros.toFixed(1),
  side.bytes.toFixed(0),
  String(side.failedCount),
  percent(side.wrkShare),
  percent(side.strangerShare),
]

const line = ([name, ...rest]: string[]) => `${name}${rest.map((text) => text.padStart(8)).join('')}`

const percent = (share: number) => `${(share * 100).toFixed(0)} %`

export const rowLegend = `Medians over rounds, ${CONNECTIONS} connections. us: processor time a request (user and system); wrk: its share of one
core (near 100 %: the server might be faster); others: share of the machine that strangers worked meanwhile.`
