/** docker-compose.yml as compose reads it: YAML with anchors, then `${NAME}` put in from an environment. */

export type Service = {
  image: string
  build?: { context: string; dockerfile: string; additional_contexts?: Record<string, string> }
  profiles?: string[]
  command?: string[]
  restart?: string
  read_only?: boolean
  privileged?: boolean
  network_mode?: string
  cap_drop?: string[]
  security_opt?: string[]
  environment?: Record<string, string>
  ports?: string[]
  volumes?: string[]
  networks?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test?: string[]; disable?: boolean; interval?: string; timeout?: string; retries?: number }
  deploy?: { resources?: { limits?: { cpus?: string; memory?: string; pids?: number } } }
}

export type ComposeFile = {
  services: Record<string, Service>
  networks: Record<string, { internal?: boolean }>
  volumes: Record<string, object>
}

type Environment = Record<string, string | undefined>

export const readCompose = async (file: string): Promise<ComposeFile> =>
  Bun.YAML.parse(await Bun.file(file).text()) as ComposeFile

/**
 * The file with its variables put in, and why it cannot be: one message for each `${NAME:?message}` whose NAME is unset or
 * empty. Knows the forms that the file uses: ${NAME}, ${NAME:-default}, ${NAME:?message} and $$.
 */
export const interpolate = (compose: ComposeFile, environment: Environment) => {
  const faults = new Set<string>()
  const put = (text: string) =>
    text.replace(/\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g, (all, name: string, form?: string, rest = '') => {
      if (all === '$$') return '$'
      const value = environment[name]
      if (value) return value
      if (form === '?') faults.add(`${name}: ${rest}`)
      return form === '-' ? rest : ''
    })
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return put(value)
    if (Array.isArray(value)) return value.map(walk)
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, walk(inner)]))
  }
  return { file: walk(compose) as ComposeFile, faults: [...faults].sort() }
}

/** A .env file as compose reads it, in the form that secrets:init writes. */
export const parseEnvFile = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => {
        const [name = '', value = ''] = line.split(/=(.*)/s)
        return [name, value.replace(/^'(.*)'$/, '$1')]
      }),
  )

/** The services that start under some profiles, in the order of the file. */
export const started = ({ services }: ComposeFile, profiles: string[]): string[] =>
  Object.entries(services)
    .filter(([, { profiles: own = [] }]) => own.length === 0 || own.some((one) => profiles.includes(one)))
    .map(([name]) => name)
