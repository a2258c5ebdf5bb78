/** `bun src/cli/demo-roads.ts FILE [PROFILES]`: the road file of the demo city. `bun dev` starts it beside Postgres. */
import { PROFILES } from '#modules/routing/graph/road-graph'
import { makeDemoRoads, makeDemoRoadsOf } from '../demo/roads.ts'

const [path, profiles] = process.argv.slice(2)
if (!path) {
  console.error('Usage: bun src/cli/demo-roads.ts FILE [PROFILES]')
  process.exit(2)
}
if (profiles === undefined) await makeDemoRoads(path)
else
  await makeDemoRoadsOf(
    path,
    PROFILES.filter((profile) => profiles.split(',').includes(profile)),
  )
