import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { faultsOfRouting, routingSettings } from '#core/routing-settings'
import { Count, Flag, JsonText, List, ServiceUrl, Token } from '#core/setting-types'

export const MODULE_NAMES = ['api', 'dispatch', 'routing', 'realtime', 'web'] as const
export type ModuleName = (typeof MODULE_NAMES)[number]

const PRODUCTION_SECRET_BYTES_MIN = 32

const Key = z.object({
  kid: z.string().min(1).max(64),
  kty: z.literal('oct'),
  k: z.string().refine((k) => Buffer.from(k, 'base64url').length >= PRODUCTION_SECRET_BYTES_MIN, {
    message: `must hold at least ${PRODUCTION_SECRET_BYTES_MIN} bytes (base64url)`,
  }),
})

/** Of two keys with one id only the first would ever verify anything. */
const haveOwnIds = (keys: { kid: string }[]) => new Set(keys.map(({ kid }) => kid)).size === keys.length

/** A JSON Web Key Set (RFC 7517) of symmetric keys; the first signs, all verify. */
const KeySet = JsonText('a JSON Web Key Set: {"keys":[{"kty":"oct","kid":"..","k":".."}]}')
  .pipe(z.object({ keys: z.array(Key).min(1).max(8).refine(haveOwnIds, 'must each have a kid of their own') }))
  .transform(({ keys }) => keys)

export type SigningKey = z.output<typeof Key>

/** The keys of a key set's text. Throws a ZodError when it is none. */
export const parseKeySet = (text: string): SigningKey[] => KeySet.parse(text)

const HEADER_PAIR = /^([!#$%&'*+.^_`|~\w-]+)=(.*)$/

const headerPairOf = (pair: string): [string, string] | undefined => {
  const [, name, value] = pair.match(HEADER_PAIR) ?? []
  try {
    return name === undefined ? undefined : [name, decodeURIComponent(value!)]
  } catch {
    return undefined
  }
}

/** As OpenTelemetry writes headers: `name=value,other=value`, values percent-encoded. */
const HeaderPairs = List.refine((pairs) => pairs.every(headerPairOf), {
  message: 'must be name=value pairs with commas between, values percent-encoded',
}).transform((pairs) => Object.fromEntries(pairs.map((pair) => headerPairOf(pair)!)))

/** When each secret was made: `{"DATABASE_URL":"2026-11-23"}`. Not a secret itself; their ages are metrics. */
const SecretDates = JsonText('a JSON object of dates, such as {"DATABASE_URL":"2026-11-23"}').pipe(
  z.record(z.string().max(64), z.iso.date()),
)

/** Every setting of the process: the only reader of the environment. `.env.example` says what each is for. */
const Environment = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('production'),
  HOST: z.string().min(1).default('0.0.0.0'),
  PORT: Count(0, 65_535).optional(),
  MODULES: List.pipe(z.array(z.enum(MODULE_NAMES)).min(1)).default([...MODULE_NAMES]),
  DISPATCH_URL: ServiceUrl.optional(),
  ROUTING_URL: ServiceUrl.optional(),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .optional(),
  DATABASE_POOL_MAX: Count(1, 200).default(16),
  DATABASE_STATEMENT_TIMEOUT_MS: Count(100, 600_000).default(5_000),
  DATABASE_LOCK_TIMEOUT_MS: Count(100, 600_000).default(2_000),
  MIGRATE: z
    .enum(['on', 'off'])
    .default('on')
    .transform((value) => value === 'on'),
  UPSTASH_REDIS_REST_URL: z
    .string()
    .regex(/^https?:\/\/[^\s#$./?][^\s#?]+$/, 'must start with https:// or http://')
    .optional(),
  UPSTASH_REDIS_REST_TOKEN: Token.optional(),
  REDIS_TIMEOUT_MS: Count(50, 10_000).default(300),
  REPLICAS: Count(1, 1_000).default(1),
  DATA_DIR: z.string().min(1).default('.data'),
  JWT_KEYS: KeySet.optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  LOG_FORMAT: z.enum(['json', 'pretty']).default('json'),
  CORS_ORIGINS: List.default([]),
  TRUSTED_PROXY_COUNT: Count(0, 10).default(0),
  BODY_BYTES_MAX: Count(1_024, 64 * 1024 * 1024).default(1024 * 1024),
  RATE_LIMITS: Flag.optional(),
  DRAIN_DELAY_MS: Count(0, 120_000).default(0),
  SHUTDOWN_GRACE_MS: Count(0, 600_000).default(10_000),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.url({ protocol: /^https?$/ }).optional(),
  OTEL_EXPORTER_OTLP_HEADERS: HeaderPairs.default({}),
  OTEL_SERVICE_NAME: z.string().min(1).max(100).default('ridendine'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce.number().min(0).max(1).default(0.05),
  SECRETS_MADE_AT: SecretDates.default({}),
  SECRETS_REREAD_MS: Count(100, 3_600_000).default(5_000),
  STRIPE_WEBHOOK_SECRET: List.optional(),
  SMTP_URL: z
    .string()
    .regex(/^smtps?:\/\//, 'must start with smtp:// or smtps://')
    .optional(),
  MAIL_FROM: z.string().min(3).default('RideNDine <no-reply@localhost>'),
  PUBLIC_URL: z.url().default('http://localhost:9001'),
  DISPATCH_ROUND_MS: Count(100, 60_000).default(2_000),
  DISPATCH_ZONES: List.default([]),
  DISPATCH_LEASE_MS: Count(500, 4_000).default(3_000),
  EVENTS_KEPT_DAYS: Count(1, 3_650).default(30),
  ...routingSettings,
})

/** The names of all settings; each may also come as NAME_FILE. */
export const SETTING_NAMES: readonly string[] = Object.keys(Environment.shape)

export type Config = Readonly<z.output<typeof Environment> & { PORT: number; RATE_LIMITS: boolean }>

/** All the faults of an environment at once, one a line. */
export class ConfigError extends Error {}

const PORTS: Partial<Record<ModuleName, number>> = { api: 9001, dispatch: 9002, routing: 9003, realtime: 9004 }

/** Parses an environment. Throws ConfigError, naming every fault; values of settings are never in the message. */
export const parseConfig = (environment: Record<string, string | undefined>): Config => {
  const { values, faults } = withFiles(environment)
  const parsed = Environment.safeParse(values)
  if (!parsed.success) {
    faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`))
  } else {
    faults.push(...faultsTogether(parsed.data))
  }
  if (faults.length > 0 || !parsed.success) throw new ConfigError(faults.join('\n'))
  const { data } = parsed
  const [first, ...others] = data.MODULES
  return Object.freeze({
    ...data,
    PORT: data.PORT ?? (others.length === 0 ? (PORTS[first!] ?? 9001) : 9001),
    // Off for development and tests, where one machine plays a whole city. Log-in lock-out is always on.
    RATE_LIMITS: data.RATE_LIMITS ?? data.NODE_ENV === 'production',
  })
}

/** What is wrong with settings beside each other. */
const faultsTogether = (settings: z.output<typeof Environment>): string[] => {
  const faults: string[] = []
  const { UPSTASH_REDIS_REST_URL: redisUrl, UPSTASH_REDIS_REST_TOKEN: redisToken } = settings
  if (settings.NODE_ENV === 'production') {
    if (!settings.DATABASE_URL) faults.push('DATABASE_URL: is required in production')
    if (!settings.JWT_KEYS) faults.push('JWT_KEYS: is required in production')
  }
  if (redisUrl && !redisToken) faults.push('UPSTASH_REDIS_REST_TOKEN: is required with UPSTASH_REDIS_REST_URL')
  if (redisToken && !redisUrl) faults.push('UPSTASH_REDIS_REST_URL: is required with UPSTASH_REDIS_REST_TOKEN')
  if (settings.REPLICAS > 1 && !redisUrl) {
    faults.push(
      'REPLICAS: more than one need a Redis (UPSTASH_REDIS_REST_URL): limits and positions are theirs together',
    )
  }
  if (settings.DISPATCH_URL && !redisUrl) {
    faults.push(
      "DISPATCH_URL: a dispatch apart needs a Redis (UPSTASH_REDIS_REST_URL): it knows no driver's place without",
    )
  }
  const asksItself = settings.MODULES.includes('routing') || !settings.ROUTING_URL
  return asksItself ? [...faults, ...faultsOfRouting(settings)] : faults
}

/** Any setting may come as NAME_FILE, the path of a file that holds it (a mounted secret). Empty counts as absent. */
const withFiles = (
  environment: Record<string, string | undefined>,
  names: readonly string[] = Object.keys(Environment.shape),
) => {
  const values: Record<string, string> = {}
  const faults: string[] = []
  for (const name of names) {
    const direct = environment[name]
    const file = environment[`${name}_FILE`]
    if (direct && file) faults.push(`${name}: set it or ${name}_FILE, not both`)
    if (direct) values[name] = direct
    else if (file) {
      try {
        const text = readFileSync(file, 'utf8').trim()
        if (text) values[name] = text
      } catch {
        faults.push(`${name}_FILE: the file cannot be read`)
      }
    }
  }
  return { values, faults }
}

let current: Config | undefined

/** The configuration of this process, read once from its environment. */
export const config = (): Config => (current ??= parseConfig(process.env))

/** For `bun dev` and tests, which make parts of their own configuration. */
export const setConfig = (next: Config) => {
  current = next
}

/** What a rotation may change while the process runs, where it comes as NAME_FILE. */
const REREAD = [
  'DATABASE_URL',
  'GOOGLE_MAPS_API_KEY',
  'JWT_KEYS',
  'MAPBOX_ACCESS_TOKEN',
  'SECRETS_MADE_AT',
  'STRIPE_WEBHOOK_SECRET',
  'UPSTASH_REDIS_REST_TOKEN',
] as const
export type RereadName = (typeof REREAD)[number]

/**
 * Reads the files of secrets again. Returns the names of those that changed, which hold from now on. Throws ConfigError,
 * and changes nothing, while a file is missing or holds something that will not do.
 */
export const rereadConfig = (environment: Record<string, string | undefined> = process.env): RereadName[] => {
  const before = config()
  const fresh = parseConfig(environment)
  const changed = REREAD.filter((name) => environment[`${name}_FILE`] && !Bun.deepEquals(before[name], fresh[name]))
  const emptied = changed.filter((name) => fresh[name] === undefined)
  if (emptied.length > 0) throw new ConfigError(emptied.map((name) => `${name}_FILE: is empty`).join('\n'))
  if (changed.length > 0) {
    setConfig(Object.freeze({ ...before, ...Object.fromEntries(changed.map((name) => [name, fresh[name]])) }))
  }
  return changed
}

/** The little that a command line tool needs of the environment. */
export const commandSettings = () => {
  const { values } = withFiles(process.env)
  return { databaseUrl: values.DATABASE_URL, isProduction: values.NODE_ENV === 'production' }
}

/**
 * The configuration for a command that asks routing, as the environment has it: whom a server would need keys to serve, a
 * command does not serve. Throws ConfigError.
 */
export const configureCommand = (): Config => {
  const made = parseConfig({ ...process.env, NODE_ENV: 'development' })
  setConfig(made)
  return made
}

/** The settings of a command that the server does not have, by the same rules; parsed by whoever asks. */
export const readSettings = (names: readonly string[]) => withFiles(process.env, names)

/** The environment for a program that a command starts. */
export const childEnvironment = (added: Record<string, string>): Record<string, string | undefined> => ({
  ...process.env,
  ...added,
})
