import { ruleFiles } from './alerts.ts'
import { type Dashboard, dashboardJson } from './dashboard.ts'
import { database } from './dashboards/database.ts'
import { dispatch } from './dashboards/dispatch.ts'
import { jobs } from './dashboards/jobs.ts'
import { marketplace } from './dashboards/marketplace.ts'
import { money } from './dashboards/money.ts'
import { realtime } from './dashboards/realtime.ts'
import { services } from './dashboards/services.ts'

export const dashboards: Record<string, Dashboard> = {
  services,
  marketplace,
  dispatch,
  realtime,
  database,
  money,
  jobs,
}

/** All that `bun run monitoring` writes, by paths from the top of the repository. */
export const monitoringFiles = (): Record<string, string> => ({
  ...ruleFiles(),
  ...Object.fromEntries(
    Object.entries(dashboards).map(([name, dashboard]) => [
      `monitoring/grafana/dashboards/${name}.json`,
      `${JSON.stringify(dashboardJson(dashboard), null, 2)}\n`,
    ]),
  ),
})
