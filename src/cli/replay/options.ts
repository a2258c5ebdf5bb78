import { parseArgs } from 'node:util'
import { ZoneSettings } from '#core/zones'
import { REPLAY_POLICIES, type ReplayPolicy } from '#modules/dispatch/replay/policies'

export type Options = {
  from: Date
  to: Date
  policies: ReplayPolicy[]
  /** An id or a slug; all zones without. */
  zone: string | undefined
  settings: Partial<ZoneSettings>
  roundSeconds: number
  budgetMs: number | undefined
  out: string | undefined
}

/** What is wrong with the command line, in words for who typed it. */
export class UsageError extends Error {}

const ROUND_SECONDS_DEFAULT = 10
const ROUND_SECONDS_MAX = 600
const BUDGET_MS_MAX = 60_000
const DAYS_MAX = 31
const DAY_MS = 86_400_000

/** Those that a replay heeds; the others are about money, offers and drivers' answers, which it does not play. */
const HEEDED = [
  'dispatchLeadSeconds',
  'dispatchRadiusMeters',
  'offerRadiusMeters',
  'offerRadiusStepMeters',
  'offerTimeoutSeconds',
  'offerLeadSeconds',
  'fairnessWeightSeconds',
] as const satisfies (keyof ZoneSettings)[]
type Heeded = (typeof HEEDED)[number]

export const HELP = `
bun run replay: recorded days of the database at DATABASE_URL once more, under other policies or settings of a zone.
Reads only. Prints one line for what happened and one for each policy.

  --from ISO          orders placed from then on, such as 2026-11-20 (midnight UTC) or 2026-11-20T09:00:00+01:00
  --to ISO            and before then; ${DAYS_MAX} days at most
  --policy NAMES      ${REPLAY_POLICIES.join(', ')}; several with commas          (all)
  --zone ID           one zone, by its id or slug                    (each by itself)
  --set KEY=VALUE     another setting of the zones, again and again; heeded are
                      ${HEEDED.slice(0, 3).join(', ')},
                      ${HEEDED.slice(3).join(', ')}
  --round-seconds N   between rounds, 1 to ${ROUND_SECONDS_MAX}                       (${ROUND_SECONDS_DEFAULT})
  --budget-ms N       wall time after which a plan is taken as it is (none: a run repeats exactly)
  --out DIR           keep who brought which order when: DIR/ZONE-POLICY.tsv
  --help              this page

Exit code: 0, 1 when it could not be done, 2 for a command line that is not understood.
`.trim()

/** Reads the command line. Throws UsageError. */
export const parseOptions = (args: readonly string[], now: Date): Options | 'help' => {
  const values = parse(args)
  if (values.help) return 'help'
  const [from, to] = [instantOf('--from', values.from), instantOf('--to', values.to)]
  if (from >= to) throw new UsageError('--from must be before --to.')
  if (from >= now) throw new UsageError('--from lies in the future: nothing is on record yet.')
  if (to.getTime() - from.getTime() > DAYS_MAX * DAY_MS) throw new UsageError(`${DAYS_MAX} days at most.`)
  return {
    from,
    to,
    policies: policiesOf(values.policy),
    zone: values.zone,
    settings: settingsOf(values.set ?? []),
    roundSeconds: numberOf('--round-seconds', values['round-seconds'], ROUND_SECONDS_MAX) ?? ROUND_SECONDS_DEFAULT,
    budgetMs: numberOf('--budget-ms', values['budget-ms'], BUDGET_MS_MAX),
    out: values.out,
  }
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        from: { type: 'string' },
        to: { type: 'string' },
        policy: { type: 'string' },
        zone: { type: 'string' },
        set: { type: 'string', multiple: true },
        'round-seconds': { type: 'string' },
        'budget-ms': { type: 'string' },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0]!.split('. To specify')[0]!)
  }
}

const ISO = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/

/** A time of day without its zone would mean something else on every machine. */
const instantOf = (name: string, text: string | undefined): Date => {
  if (text === undefined) throw new UsageError(`${name} is missing.`)
  const instant = new Date(text)
  if (!ISO.test(text) || Number.isNaN(instant.getTime())) {
    throw new UsageError(`${name} must be a date or an instant with its offset (2026-11-20T09:00:00Z), not "${text}".`)
  }
  return instant
}

const policiesOf = (text: string | undefined): ReplayPolicy[] =>
  [...new Set(text?.split(',') ?? REPLAY_POLICIES)].map((name) => {
    const known = REPLAY_POLICIES.find((policy) => policy === name)
    if (!known) throw new UsageError(`There is no policy "${name}"; there are ${REPLAY_POLICIES.join(', ')}.`)
    return known
  })

const isHeeded = (key: string): key is Heeded => (HEEDED as readonly string[]).includes(key)

const settingsOf = (texts: readonly string[]): Partial<ZoneSettings> => {
  const given: Partial<Record<Heeded, number>> = {}
  for (const text of texts) {
    const [key = '', value = ''] = text.split(/=(.*)/s)
    if (!isHeeded(key)) throw new UsageError(`--set knows ${HEEDED.join(', ')}; not "${key}".`)
    const parsed = ZoneSettings.shape[key].safeParse(value.trim() === '' ? undefined : Number(value))
    if (value.trim() === '' || !parsed.success) throw new UsageError(`--set ${key}: "${value}" will not do.`)
    given[key] = parsed.data
  }
  return given
}

const numberOf = (name: string, text: string | undefined, max: number): number | undefined => {
  if (text === undefined) return undefined
  const value = Number(text)
  if (text.trim() === '' || !(value >= 1 && value <= max)) {
    throw new UsageError(`${name} must be a number from 1 to ${max}, not "${text}".`)
  }
  return value
}
