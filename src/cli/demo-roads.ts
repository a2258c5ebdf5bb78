/** `bun src/cli/demo-roads.ts FILE`: the road file of the demo city. `bun dev` starts it beside Postgres. */
import { makeDemoRoads } from '../demo/roads.ts'

const [path] = process.argv.slice(2)
if (!path) {
  console.error('Usage: bun src/cli/demo-roads.ts FILE')
  process.exit(2)
}
await makeDemoRoads(path)
