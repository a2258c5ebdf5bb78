/**
 * `bun run bench:dispatch --instances DIR`: the dispatcher beside published and plain policies, on days of the Meal Delivery
 * Routing Problem. A benchmark, never a test: it ends with 0 unless something broke or the checker refuses a solution.
 *
 * --policy NAME          ours, reyes, nearest; several with commas (all)
 * --only TEXT            instances whose name has it; several with commas
 * --prepositioning MODE  on, off or both (both): may idle couriers be sent to wait at a restaurant
 * --updates MODE         on, off or own (own): may an assignment change once it is given; own: each as it was meant, Reyes with, ours without
 * --out DIR              keep the solution files: DIR/POLICY/INSTANCE
 * --budget-ms N          wall time within which a policy is to answer (none, so that runs repeat exactly; 100 with --rush)
 * --rush                 only the wall time of a decision with 500 open orders, in rush hours of several kinds; so too without --instances
 * --workers N            threads (2); with 1 the wall times are least disturbed
 */
import { basename, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { instanceFolders } from './mdrp/instance.ts'
import { type Job, variantName } from './mdrp/job.ts'
import { policies, updatesByItself } from './mdrp/policies.ts'
import { runJobs } from './mdrp/pool.ts'
import { OPEN_ORDERS_MIN, RUSHES, rushRounds } from './mdrp/rush.ts'
import { heading, meanLine, resultLine, rushHeading, rushLine } from './mdrp/table.ts'
import { byVariant, sixteenLines, verdictLines } from './mdrp/verdict.ts'

const { values } = parseArgs({
  options: {
    instances: { type: 'string' },
    policy: { type: 'string', default: Object.keys(policies).join(',') },
    only: { type: 'string' },
    prepositioning: { type: 'string', default: 'both' },
    updates: { type: 'string', default: 'own' },
    out: { type: 'string' },
    'budget-ms': { type: 'string' },
    rush: { type: 'boolean', default: false },
    workers: { type: 'string', default: '2' },
  },
})

const budget = values['budget-ms'] === undefined ? {} : { budgetMs: Number(values['budget-ms']) }

/** What a round with 500 open orders may take. */
const RUSH_BUDGET_MS = 100

const main = async (): Promise<number> => {
  if (!values.instances) console.log('no --instances: docs/dispatch.md says where to get them\n')
  if (values.rush || !values.instances) return runRushes()
  const jobs = plannedJobs(values.instances)
  console.log(heading())
  const results = await runJobs(jobs, Number(values.workers), (result) => console.log(resultLine(result)))
  console.log()
  for (const { name, results: own } of byVariant(results)) console.log(meanLine(`mean of ${own.length}`, name, own))
  console.log()
  for (const line of sixteenLines(results)) console.log(line)
  console.log()
  for (const line of verdictLines(results)) console.log(line)
  const faults = results.flatMap((one) =>
    one.faults.map((fault) => `${one.name} ${variantName(one.policy, one.rules)}: ${fault}`),
  )
  for (const fault of faults.slice(0, 50)) console.log(fault)
  console.log(`\nthe checker has ${faults.length} faults in ${results.length} solutions`)
  return faults.length > 0 ? 1 : 0
}

const runRushes = (): number => {
  const { budgetMs = RUSH_BUDGET_MS } = budget
  console.log(
    `a decision with at least ${OPEN_ORDERS_MIN} open orders, milliseconds; of the budget of ${budgetMs}, the longest took`,
  )
  console.log(rushHeading())
  for (const name of policyNames()) {
    for (const rush of RUSHES) console.log(rushLine(name, rush, rushRounds(name, rush, budgetMs), budgetMs))
  }
  return 0
}

const policyNames = (): string[] => {
  const names = values.policy.split(',')
  const unknown = names.filter((name) => !Object.hasOwn(policies, name))
  if (unknown.length > 0)
    throw new Error(`--policy knows ${Object.keys(policies).join(', ')}; not ${unknown.join(', ')}`)
  return names
}

const plannedJobs = (instances: string): Job[] => {
  const modes = { on: [true], off: [false], both: [true, false] }[values.prepositioning]
  if (!modes) throw new Error('--prepositioning is on, off or both')
  const parts = values.only?.split(',') ?? ['']
  const folders = instanceFolders(instances).filter((path) => parts.some((part) => basename(path).includes(part)))
  if (folders.length === 0) throw new Error(`no instances in ${instances}`)
  const updates = { on: () => true, off: () => false, own: updatesByItself }[values.updates]
  if (!updates) throw new Error('--updates is on, off or own')
  return folders.flatMap((folder) =>
    policyNames().flatMap((policy) =>
      // Nearest sends nobody anywhere without an order: it has one line.
      (policy === 'nearest' ? [false] : modes).map((canPreposition) => ({
        folder,
        policy,
        rules: { canPreposition, canUpdate: updates(policy) },
        ...(values.out && { out: resolve(values.out) }),
        ...budget,
      })),
    ),
  )
}

process.exit(await main())
