/** docker-compose.yml without a container engine: its schema, its linter, its secrets, its shapes, what it mounts. */
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import Ajv, { type ValidateFunction } from 'ajv'
import addFormats from 'ajv-formats'
import { parseConfig } from '#core/config'
import { repository, spawnScript } from '../support/chaos-server'
import {
  type ComposeFile,
  interpolate,
  parseEnvFile,
  readCompose,
  type Service,
  started,
} from '../support/compose-file'

const path = join(repository, 'docker-compose.yml')
const envFile = resolve(`.data/compose-${process.pid}.env`)

/** By DESIGN: the market's own, and those by which each tool is known. */
const portsByDesign: Record<string, number> = {
  api: 9001,
  dispatch: 9002,
  routing: 9003,
  realtime: 9004,
  ridendine: 9001,
  prometheus: 9090,
  alertmanager: 9093,
  grafana: 3000,
  adminer: 8080,
  mail: 8025,
}
const shapes = { apart: ['api', 'dispatch', 'routing', 'realtime'], 'all-in-one': ['ridendine'] }
const required = [
  'COMPOSE_PROFILES',
  'GRAFANA_ADMIN_PASSWORD',
  'JWT_KEYS',
  'POSTGRES_PASSWORD',
  'REDIS_HTTP_TOKEN',
  'REDIS_PASSWORD',
]

let raw: ComposeFile
let compose: ComposeFile
let generated: Record<string, string>
let services: [name: string, service: Service][]
let isComposeFile: ValidateFunction

const isOneShot = ({ restart }: Service) => restart === 'no'
const isOurs = ({ image }: Service) => /^ridendine(-backup)?:/.test(image)

beforeAll(async () => {
  const made = spawnScript(['src/cli/secrets.ts', 'init', envFile], {})
  expect([await made.exited(), made.output()]).toEqual([0, expect.stringContaining('Wrote')])
  generated = parseEnvFile(readFileSync(envFile, 'utf8'))
  raw = await readCompose(path)
  compose = interpolate(raw, generated).file
  services = Object.entries(compose.services)
  const schema = await Bun.file(join(repository, 'node_modules/dclint/schemas/compose.schema.json')).json()
  // It names its draft by https, ajv by http.
  isComposeFile = addFormats(new Ajv({ allErrors: true, strict: false })).compile({ ...schema, $schema: undefined })
})

afterAll(() => rmSync(envFile, { force: true }))

const faultsOf = (file: unknown) => {
  isComposeFile(file)
  return (isComposeFile.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`)
}

/** What compose itself says of the file, where there is one: an engine is never required. */
const saidByCompose = () => {
  const docker = Bun.which('docker')
  if (docker === null || Bun.spawnSync([docker, 'compose', 'version']).exitCode !== 0) return ''
  const command = [docker, 'compose', '-f', path, '--env-file', envFile, 'config', '--quiet']
  const { stdout, stderr } = Bun.spawnSync(command, { env: { PATH: process.env.PATH, HOME: process.env.HOME } })
  return `${stdout}${stderr}`
}

test('it keeps to the schema of the compose specification, before and after its variables are put in', () => {
  expect(faultsOf(raw)).toEqual([])
  expect(faultsOf(compose)).toEqual([])
  expect(saidByCompose()).toBe('')
  const { api } = compose.services
  expect(faultsOf({ ...compose, services: { api: { ...api, healthchek: {} } } })).toEqual([
    '/services/api: must NOT have additional properties',
  ])
})

test('the linter of compose files finds no fault', async () => {
  // The two left out: a name for what is built here is wanted, and it does not see through ${BIND_ADDRESS:-127.0.0.1}.
  const disabled = ['no-build-and-image', 'no-unbound-port-interfaces']
  const linter = spawnScript(
    ['node_modules/dclint/bin/dclint.cjs', path, '--quiet', ...disabled.flatMap((rule) => ['--disable-rule', rule])],
    {},
  )
  expect([await linter.exited(60), linter.output().trim()]).toEqual([0, ''])
})

test('without .env it says what is missing and how to get it; with the generated one nothing is missing', () => {
  const { faults } = interpolate(raw, {})
  expect(faults.map((fault) => fault.split(':')[0]!)).toEqual(required)
  for (const fault of faults) expect(fault).toContain('run bun run secrets:init')
  expect(interpolate(raw, generated).faults).toEqual([])
  expect(generated.COMPOSE_PROFILES).toBe('apart')
})

test('no secret stands in it: what looks like one is a reference, and so is what holds one', () => {
  const faults = Object.entries(raw.services).flatMap(([name, { environment = {} }]) =>
    Object.entries(environment)
      .filter(([key]) => /PASSWORD|TOKEN|SECRET|KEY|CONNECTION|DATABASE_URL/.test(key) && key !== 'SECRETS_MADE_AT')
      .filter(([, value]) => !/^\$\{\w+:[-?][^}]*\}$|^\w+:\/\/\w*:\$\{\w+:\?[^}]*\}@[\w:./]+$/.test(value))
      .map(([key]) => `${name}.${key}`),
  )
  expect(faults).toEqual([])
  const text = readFileSync(path, 'utf8')
  for (const name of required.slice(1)) expect(text).not.toContain(generated[name]!)
})

test('images are pinned by a whole version, or built here', () => {
  for (const [name, service] of services) {
    if (isOurs(service)) expect([name, existsSync(join(repository, service.build!.dockerfile))]).toEqual([name, true])
    else
      expect([name, service.image]).toEqual([
        name,
        expect.stringMatching(/^[\w./-]+:v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$/),
      ])
  }
})

test('every service is asked after, unless it runs once; and whoever waits, waits for that', () => {
  for (const [name, service] of services) {
    const { healthcheck, depends_on = {} } = service
    if (isOneShot(service)) expect([name, healthcheck]).toEqual([name, { disable: true }])
    else {
      expect([name, healthcheck!.test![0]]).toEqual([name, expect.stringMatching(/^CMD(-SHELL)?$/)])
      expect([name, !!healthcheck!.interval && !!healthcheck!.timeout && healthcheck!.retries! > 0]).toEqual([
        name,
        true,
      ])
    }
    for (const [other, { condition }] of Object.entries(depends_on)) {
      const awaited = compose.services[other]!
      expect([name, other, condition]).toEqual([
        name,
        other,
        isOneShot(awaited) ? 'service_completed_successfully' : 'service_healthy',
      ])
    }
  }
})

test('every service has limits, no rights beyond those it names, and a root that it cannot write', () => {
  for (const [name, service] of services) {
    const limits = service.deploy?.resources?.limits
    expect([name, limits]).toEqual([
      name,
      {
        cpus: expect.stringMatching(/^\d\.\d+$/),
        memory: expect.stringMatching(/^\d+[MG]$/),
        pids: expect.any(Number),
      },
    ])
    expect([name, service.read_only, service.cap_drop, service.security_opt]).toEqual([
      name,
      true,
      ['ALL'],
      ['no-new-privileges:true'],
    ])
    expect([name, service.privileged, service.network_mode]).toEqual([name, undefined, undefined])
    expect([name, service.restart]).toEqual([name, isOneShot(service) ? 'no' : 'unless-stopped'])
    expect([name, (service.volumes ?? []).filter((one) => one.includes('docker.sock'))]).toEqual([name, []])
  }
})

test('ports are those of the design, on loopback only, and stores have none', () => {
  const published = services.flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]))
  expect(Object.fromEntries(published)).toEqual(
    Object.fromEntries(Object.entries(portsByDesign).map(([name, port]) => [name, `127.0.0.1:${port}:${port}`])),
  )
  expect(compose.networks.stores).toEqual({ internal: true })
  for (const name of ['postgres', 'redis', 'redis-http']) expect(compose.services[name]!.networks).toEqual(['stores'])
  const open = interpolate(raw, { ...generated, BIND_ADDRESS: '0.0.0.0' }).file
  const opened = Object.entries(open.services).filter(([, { ports = [] }]) =>
    ports.some((one) => one.startsWith('0.0.0.0')),
  )
  expect(opened.map(([name]) => name).sort()).toEqual(['api', 'dispatch', 'realtime', 'ridendine', 'routing'])
})

test('a shape is whole: what its services wait for starts with it, and no two of them want one port', () => {
  for (const [profile, market] of Object.entries(shapes)) {
    const names = started(compose, [profile, 'logs'])
    expect(names).toEqual(expect.arrayContaining([...market, 'postgres', 'redis', 'redis-http', 'migrate', 'mail']))
    for (const other of Object.values(shapes).flat())
      expect([other, names.includes(other)]).toEqual([other, market.includes(other)])
    const waits = names.flatMap((name) => Object.keys(compose.services[name]!.depends_on ?? {}))
    expect(waits.filter((name) => !names.includes(name))).toEqual([])
    const ports = names.flatMap((name) => compose.services[name]!.ports ?? [])
    expect(new Set(ports).size).toBe(ports.length)
  }
  expect(started(compose, ['apart'])).not.toContain('backup')
})

test("the market's services get settings that the server takes, find each other, and share one Redis", () => {
  for (const name of Object.values(shapes).flat()) {
    const { environment = {}, networks } = compose.services[name]!
    const config = parseConfig(environment)
    expect<unknown>([name, config.PORT, config.NODE_ENV, config.MIGRATE]).toEqual([
      name,
      portsByDesign[name],
      'production',
      false,
    ])
    expect(config.MODULES as string[]).toContain(name === 'ridendine' ? 'web' : name)
    expect(new URL(config.DATABASE_URL!).password).toBe(generated.POSTGRES_PASSWORD!)
    expect([environment.UPSTASH_REDIS_REST_URL, environment.UPSTASH_REDIS_REST_TOKEN]).toEqual([
      'http://redis-http',
      generated.REDIS_HTTP_TOKEN,
    ])
    for (const [key, url] of Object.entries(environment)) {
      const host = /^(DISPATCH_URL|ROUTING_URL|DATABASE_URL|UPSTASH_REDIS_REST_URL|SMTP_URL)$/.test(key)
        ? new URL(url).hostname
        : null
      if (host === null) continue
      const shared = compose.services[host]!.networks!.filter((network) => networks!.includes(network))
      expect([name, key, shared.length > 0]).toEqual([name, key, true])
    }
  }
  const { DISPATCH_URL, ROUTING_URL } = compose.services.api!.environment!
  expect([DISPATCH_URL, ROUTING_URL]).toEqual(['http://dispatch:9002', 'http://routing:9003'])
  expect(compose.services['redis-http']!.environment!.SRH_TOKEN).toBe(generated.REDIS_HTTP_TOKEN!)
})

test('whatever it mounts from the repository is there, volumes are declared, and none is declared in vain', () => {
  const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((one) => one.split(':')[0]!))
  const mounted = sources
    .filter((source) => source.startsWith('./') && !source.startsWith('./.data/') && source !== madeByOperator)
    .map((source) => source.slice(2))
  const missing = mounted.filter((source) => !existsSync(join(repository, source)))
  expect(missing).toEqual([])
  const named = sources.filter((source) => /^[\w-]+$/.test(source))
  expect([...new Set(named)].sort()).toEqual(Object.keys(compose.volumes).sort())
})

/** Cities are imported where they are served; git ignores the folder. */
const madeByOperator = './roads'

test('whoever runs routing, and nobody else, gets the road files that .env names, to read', () => {
  const { file } = interpolate(raw, { ...generated, ROADS: '/roads/goteborg.bin,/roads/malmo.bin' })
  for (const name of Object.values(shapes).flat()) {
    const { environment = {}, volumes = [] } = file.services[name]!
    const { MODULES, ROADS } = parseConfig(environment)
    const has = MODULES.includes('routing')
    expect([name, ROADS]).toEqual([name, has ? ['/roads/goteborg.bin', '/roads/malmo.bin'] : []])
    expect([name, volumes]).toEqual([name, has ? [`${madeByOperator}:/roads:ro`] : []])
    expect(parseConfig(compose.services[name]!.environment!).ROADS).toEqual([])
  }
  const ignored = Bun.spawnSync(['git', 'check-ignore', '-q', 'roads/city.bin'], { cwd: repository })
  expect(ignored.exitCode).toBe(0)
})

test("our image's services ask it for commands that it has", async () => {
  const help = spawnScript(['src/cli/ridendine.ts', 'help'], {})
  expect(await help.exited()).toBe(0)
  const known = [...help.output().matchAll(/^ {2}(\S+)/gm)].map(([, name]) => name!)
  const asked = services.filter(([, service]) => isOurs(service)).map(([, { command = ['serve'] }]) => command[0]!)
  expect([...new Set(asked)].filter((name) => !known.includes(name))).toEqual([])
  expect(known).toContain('migrate')
})
