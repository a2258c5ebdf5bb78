import { type Alert, type Group, ruleFile, testFiles } from './alert.ts'
import { backlogs, safety } from './alerts/backlogs.ts'
import { deliveries } from './alerts/deliveries.ts'
import { marketAlerts } from './alerts/market.ts'
import { roundAlerts } from './alerts/rounds.ts'
import { saturation } from './alerts/saturation.ts'
import { slo } from './alerts/slo.ts'
import { stores } from './alerts/stores.ts'
import { watch } from './alerts/watch.ts'

const groups: readonly Group[] = [
  slo,
  stores,
  saturation,
  marketAlerts,
  deliveries,
  roundAlerts,
  backlogs,
  safety,
  watch,
]

export const alerts: readonly Alert[] = groups.flatMap((group) => group.alerts ?? [])

const HEADER = '# Written by `bun run monitoring` from src/cli/monitoring/alerts. Edit there.\n'

const yaml = (content: object) => `${HEADER}${Bun.YAML.stringify(content, null, 2)}\n`

/** Rule and test files, by their paths from the top of the repository. */
export const ruleFiles = (): Record<string, string> =>
  Object.fromEntries(
    groups.flatMap((group) => [
      [`monitoring/prometheus/rules/${group.name}.yml`, yaml(ruleFile(group))],
      ...Object.entries(testFiles(group)).map(([name, content]) => [
        `monitoring/prometheus/tests/${name}`,
        yaml(content),
      ]),
    ]),
  )
