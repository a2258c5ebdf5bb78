import { parseArgs } from 'node:util'

export type Options = {
  /** Without a slash at the end. */
  url: string
  orders: number
  seed: number
  /** Virtual seconds in a real one. */
  speed: number
  drivers: number
  demo: boolean
  /** The server's clock runs as fast as the day: what is told it in minutes is told as it is. */
  keepsPace: boolean
  json: string | undefined
  expectOutages: boolean
  maxMinutes: number
}

/** What is wrong with the command line, in words for who typed it. */
export class UsageError extends Error {}

const ORDERS_DEFAULT = 300
const ORDERS_MAX = 20_000
/** A day of twelve hours in three minutes. */
const SPEED_DEFAULT = 240
const SPEED_MAX = 1_000
const SPEED_DEFAULT_DEMO = 10
const DRIVERS_DEFAULT = 25
const DRIVERS_DEFAULT_DEMO = 12
const DRIVERS_MAX = 500
const MINUTES_DEFAULT = 30
const MINUTES_MAX = 24 * 60
const SEED_MAX = 2 ** 31

export const HELP = `
bun run simulate: a seeded day of virtual customers, kitchens and drivers against a running server,
over its public HTTP and WebSocket API only. Ends with a report and the list of what must always hold.

  --url URL           the server                                        (http://localhost:9001)
  --orders N          orders of the day, 1 to ${ORDERS_MAX}                     (${ORDERS_DEFAULT})
  --seed S            the same seed, the same people and decisions      (1)
  --speed X           virtual seconds per real second, up to ${SPEED_MAX}       (${SPEED_DEFAULT}; with --demo ${SPEED_DEFAULT_DEMO})
  --drivers N         drivers, 1 to ${DRIVERS_MAX}; beyond the demo's 25, new ones (${DRIVERS_DEFAULT}; with --demo ${DRIVERS_DEFAULT_DEMO})
  --json FILE         write the report as JSON too
  --keeps-pace        the server's clock runs as fast as the day (bun run bench:day)
  --expect-outages    the server or its database is killed meanwhile: 503 and lost connections are no fault
  --max-minutes M     give up after this many real minutes              (${MINUTES_DEFAULT})
  --allow-remote      also against a server that is not on this machine
  --demo              a calm city without an end, as \`bun dev\` has it in its background
  --help              this page

Exit code: 0 when everything held, 1 when something broke, 2 for a command line that is not understood.
`.trim()

/** Reads the command line. Throws UsageError. */
export const parseOptions = (args: readonly string[]): Options | 'help' => {
  const values = parse(args)
  if (values.help) return 'help'
  const demo = values.demo ?? false
  if (demo && values.orders !== undefined)
    throw new UsageError('--orders has no meaning with --demo, which has no end.')
  if (demo && values.json !== undefined)
    throw new UsageError('--json has no meaning with --demo, which makes no report.')
  return {
    url: urlOf(values.url ?? 'http://localhost:9001', values['allow-remote'] ?? false),
    orders: numberOf('--orders', values.orders, { fallback: ORDERS_DEFAULT, min: 1, max: ORDERS_MAX, whole: true }),
    seed: numberOf('--seed', values.seed, { fallback: 1, min: 0, max: SEED_MAX, whole: true }),
    speed: numberOf('--speed', values.speed, {
      fallback: demo ? SPEED_DEFAULT_DEMO : SPEED_DEFAULT,
      min: 1,
      max: SPEED_MAX,
    }),
    drivers: numberOf('--drivers', values.drivers, {
      fallback: demo ? DRIVERS_DEFAULT_DEMO : DRIVERS_DEFAULT,
      min: 1,
      max: DRIVERS_MAX,
      whole: true,
    }),
    demo,
    keepsPace: values['keeps-pace'] ?? false,
    json: values.json,
    expectOutages: values['expect-outages'] ?? false,
    maxMinutes: numberOf('--max-minutes', values['max-minutes'], {
      fallback: MINUTES_DEFAULT,
      min: 1,
      max: MINUTES_MAX,
    }),
  }
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        url: { type: 'string' },
        orders: { type: 'string' },
        seed: { type: 'string' },
        speed: { type: 'string' },
        drivers: { type: 'string' },
        json: { type: 'string' },
        'max-minutes': { type: 'string' },
        'expect-outages': { type: 'boolean' },
        'keeps-pace': { type: 'boolean' },
        'allow-remote': { type: 'boolean' },
        demo: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    throw new UsageError((error as Error).message.split('\n')[0]!.split('. To specify')[0]!)
  }
}

type Range = { fallback: number; min: number; max: number; whole?: boolean }

const numberOf = (name: string, text: string | undefined, { fallback, min, max, whole = false }: Range): number => {
  if (text === undefined) return fallback
  const value = Number(text)
  const fits = text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))
  if (!fits)
    throw new UsageError(`${name} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}, not "${text}".`)
  return value
}

/** A day of orders is not something to send to a stranger's server by mistake. */
const urlOf = (text: string, allowRemote: boolean): string => {
  if (!URL.canParse(text)) throw new UsageError(`--url must be a URL such as http://localhost:9001, not "${text}".`)
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new UsageError('--url must begin with http:// or https://.')
  if (!allowRemote && !isLoopback(url.hostname)) {
    throw new UsageError(`${url.hostname} is not this machine. Add --allow-remote if it is yours to load.`)
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname)
