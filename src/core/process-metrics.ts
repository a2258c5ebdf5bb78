import { totalmem } from 'node:os'
import { gauge } from '#core/metrics'

/** What runs here, and what it may use. */
export const processMetrics = (version: string, modules: readonly string[]) => {
  if (registered) return
  registered = true
  gauge('build_info', 'Always 1; what this process is', ['version', 'bun', 'modules']).set(
    { version, bun: Bun.version, modules: modules.join(',') },
    1,
  )
  const { constrainedMemory } = process
  const limit = constrainedMemory?.call(process) || Number.POSITIVE_INFINITY
  gauge('memory_limit_bytes', 'Memory that this process may use: of its container, or of the machine').set(
    Math.min(limit, totalmem()),
  )
}

let registered = false
