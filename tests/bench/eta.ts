/**
 * `bun run bench:eta`: do half of the orders come by their p50 and nine of ten by their p90, and how wide is the range? On
 * simulated days of late kitchens, few drivers and slow streets; with --instances on days of the Meal Delivery Routing
 * Problem as well. A benchmark, never a test: it ends with 0 unless something broke.
 *
 * --days N         simulated days, of which the last ten are measured (45)
 * --seed N         of the simulation (1)
 * --instances DIR  days of the Meal Delivery Routing Problem
 * --policy NAME    who dispatches them: ours, reyes, nearest (ours)
 * --only TEXT      instances whose name has it; several with commas
 */
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { streamsOf } from '#cli/simulate/random'
import { seededRandom } from '#demo/random'
import { Calibration, HEADING } from './eta/calibration.ts'
import { simulateMarket } from './eta/market.ts'
import { runMarket } from './eta/market-run.ts'
import { runMdrpDay } from './eta/mdrp-run.ts'
import { runDay } from './mdrp/day.ts'
import { instanceFolders, readInstance } from './mdrp/instance.ts'
import { policies } from './mdrp/policies.ts'

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '45' },
    seed: { type: 'string', default: '1' },
    instances: { type: 'string' },
    policy: { type: 'string', default: 'ours' },
    only: { type: 'string' },
  },
})

const MEASURED_DAYS = 10
/** Of dropoffs by their p90. */
const [SHARE_MIN, SHARE_MAX] = [0.85, 0.95]

const limits: boolean[] = []

const print = (title: string, calibration: Calibration, moments: readonly string[]) => {
  console.log(`\n${title}\n${HEADING}`)
  for (const line of calibration.lines()) console.log(line)
  for (const moment of moments) {
    const share = calibration.within(moment)
    limits.push(share >= SHARE_MIN && share <= SHARE_MAX)
  }
}

const benchMarket = (days: number, seed: number) => {
  if (!(days > MEASURED_DAYS)) throw new Error(`--days must be more than ${MEASURED_DAYS}`)
  const options = { days, kitchenCount: 40, driverCount: 52, ordersPerDay: 700 }
  const orders = simulateMarket(streamsOf(seededRandom, seed), options)
  const calibration = new Calibration()
  runMarket(orders, days - MEASURED_DAYS, calibration)
  const moments = ['placed', 'accepted', 'half cooked', 'a driver sets off', 'picked up']
  print(
    `${days} simulated days (seed ${seed}), the last ${MEASURED_DAYS} measured`,
    calibration,
    moments.map((moment) => `dropoff, when ${moment}`),
  )
}

const benchInstances = (folder: string) => {
  const policy = policies[values.policy]
  if (!policy) throw new Error(`--policy knows ${Object.keys(policies).join(', ')}`)
  const parts = values.only?.split(',') ?? ['']
  const folders = instanceFolders(folder).filter((path) => parts.some((part) => basename(path).includes(part)))
  if (folders.length === 0) throw new Error(`no instances in ${folder}`)
  const all = new Calibration()
  for (const path of folders) {
    const instance = readInstance(path)
    const { solution } = runDay(instance, policy(), { rules: { canPreposition: true, canUpdate: true } })
    const calibration = new Calibration()
    runMdrpDay(instance, solution, calibration)
    console.log(`${instance.name.padEnd(20)} ${(calibration.within('dropoff, when placed') * 100).toFixed(1)} % by p90`)
    all.addAll(calibration)
  }
  print(`${folders.length} days of the Meal Delivery Routing Problem, dispatched by ${values.policy}`, all, [
    'dropoff, when placed',
  ])
}

benchMarket(Number(values.days), Number(values.seed))
if (values.instances) benchInstances(values.instances)
console.log(`\n${limits.filter(Boolean).length} of ${limits.length} limits met: 85 to 95 % of dropoffs by their p90`)
