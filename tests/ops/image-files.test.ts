/** What deploy/Dockerfile and its workflow promise, read from the files: the workflow itself cannot run here. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../support/chaos-server'

const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const dockerfile = read('deploy/Dockerfile')
const base = (name: string) => new RegExp(`^ARG ${name}=(.*)$`, 'm').exec(dockerfile)?.[1]

type Step = { uses?: string; run?: string; if?: string; with?: Record<string, string | boolean> }
type Workflow = {
  on: { push: { tags: string[]; branches?: string[] } }
  permissions: object
  jobs: { image: { steps: Step[]; permissions: Record<string, string> } }
}
const workflow = Bun.YAML.parse(read('.github/workflows/image.yml')) as Workflow
const { steps } = workflow.jobs.image
const stepOf = (action: string) => steps.find(({ uses }) => uses?.startsWith(action))!

test('every stage stands on a base image that is an argument; those of distroless are pinned by digest', () => {
  const froms = [...dockerfile.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)].map(([, from]) =>
    from!.replace(/[${}]/g, ''),
  )
  expect(froms).toEqual(['BUN_IMAGE', 'packages', 'LIBC_IMAGE', 'RUNTIME_IMAGE'])
  for (const name of ['LIBC_IMAGE', 'RUNTIME_IMAGE']) {
    expect(base(name)).toMatch(/^gcr\.io\/distroless\/[\w-]+-debian12:nonroot@sha256:[0-9a-f]{64}$/)
  }
})

test('the bun that builds the image is the one whose types we check by', async () => {
  const { devDependencies } = await Bun.file(join(repository, 'package.json')).json()
  expect(base('BUN_IMAGE')!.split('@')[0]).toBe(`oven/bun:${devDependencies['bun-types']}`)
  expect(stepOf('oven-sh/setup-bun').with!['bun-version']).toBe(devDependencies['bun-types'])
})

test('the workflow publishes on tags only, for two architectures, with bill, provenance and signature', () => {
  expect(workflow.on.push).toEqual({ tags: ['v*'] })
  expect(workflow.permissions).toEqual({})
  const build = stepOf('docker/build-push-action').with!
  expect([build.file, build.platforms, build.sbom, build.provenance]).toEqual([
    'deploy/Dockerfile',
    'linux/amd64,linux/arm64',
    true,
    'mode=max',
  ])
  const onPush = "github.event_name == 'push'"
  expect(build.push).toBe(`\${{ ${onPush} }}`)
  expect(stepOf('docker/login-action').if).toBe(onPush)
  const signing = steps.filter(({ run }) => run?.includes('cosign'))
  expect(signing.map((step) => step.if)).toEqual([onPush])
  expect(signing[0]!.run).toContain('cosign sign --yes "$IMAGE@$DIGEST"')
})

test('what the workflow hands to the build, the Dockerfile knows', () => {
  const handed = String(stepOf('docker/build-push-action').with!['build-args'])
  const names = [...handed.matchAll(/^(\w+)=/gm)].map(([, name]) => name!)
  expect(names).toEqual(['BUN_IMAGE', 'VERSION', 'REVISION', 'CREATED', 'SOURCE'])
  for (const name of names) expect([name, base(name) !== undefined]).toEqual([name, true])
})
