/** All that is applied to a cluster, rendered once for each test file: the overlays, and what no overlay holds. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { kubectl } from './kubectl'
import { type KubeObject, parse, render } from './kubernetes-objects'

export const repository = resolve(import.meta.dir, '..', '..')
export const overlays = ['local', 'staging', 'production'] as const
export type Overlay = (typeof overlays)[number]
export type Rendered = Record<Overlay | 'gitops' | 'cluster' | 'example' | 'gcp' | 'azure' | 'travel', KubeObject[]>

/** Renders from a copy: the secrets that the local overlay reads are made there, not in the working folder. */
export const renderAll = async (): Promise<Rendered> => {
  const data = join(repository, '.data')
  mkdirSync(data, { recursive: true })
  const folder = mkdtempSync(join(data, 'kubernetes-'))
  try {
    cpSync(join(repository, 'deploy'), join(folder, 'deploy'), {
      recursive: true,
      filter: (path) => !path.endsWith(join('local', 'secrets')),
    })
    const manifests = join(folder, 'deploy', 'kubernetes')
    makeSecrets(join(manifests, 'overlays', 'local', 'secrets'))
    await kubectl()
    const [local, staging, production] = await Promise.all(
      overlays.map((one) => render(join(manifests, 'overlays', one))),
    )
    return {
      local: local!,
      staging: staging!,
      production: production!,
      gitops: await render(join(folder, 'deploy', 'gitops')),
      cluster: await render(join(manifests, 'cluster')),
      example: parse(await Bun.file(join(manifests, 'secrets-example', 'secrets.yaml')).text()),
      gcp: await render(cloudOverlay(manifests, 'gcp')),
      azure: await render(cloudOverlay(manifests, 'azure')),
      travel: await render(withTravelProviders(manifests)),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const makeSecrets = (target: string) => {
  const script = 'deploy/kubernetes/overlays/local/secrets.ts'
  const made = Bun.spawnSync([process.execPath, '--no-env-file', script, target], { cwd: repository })
  if (made.exitCode !== 0) throw new Error(made.stderr.toString())
}

/** Production, asking others for travel times too. */
const withTravelProviders = (manifests: string): string => {
  const folder = join(manifests, 'try-travel')
  mkdirSync(folder)
  const kustomization = {
    namespace: 'ridendine',
    resources: ['../overlays/production'],
    components: ['../components/travel-providers'],
  }
  writeFileSync(join(folder, 'kustomization.yaml'), Bun.YAML.stringify(kustomization))
  return folder
}

const cloudOverlay = (manifests: string, cloud: string): string => {
  const folder = join(manifests, `try-${cloud}`)
  mkdirSync(folder)
  const components = ['external-secrets', `external-secrets-${cloud}`].map((name) => `../components/${name}`)
  writeFileSync(join(folder, 'kustomization.yaml'), Bun.YAML.stringify({ namespace: 'ridendine', components }))
  return folder
}
