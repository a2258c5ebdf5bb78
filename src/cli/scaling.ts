/**
 * `bun run scaling:simulate [--write]`: a day of orders against the replicas and the autoscalers of deploy/kubernetes, what it
 * stores and what it costs. The same seed and the same manifests, the same tables; --write puts them into docs/scaling.md,
 * and a test holds that page against them.
 */
import { parseArgs } from 'node:util'
import { scalingTables, withTables } from './scaling/page.ts'

const PAGE = 'docs/scaling.md'

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const tables = scalingTables('.')
if (values.write) {
  await Bun.write(PAGE, withTables(await Bun.file(PAGE).text(), tables))
  console.log(PAGE)
} else console.log(tables)
