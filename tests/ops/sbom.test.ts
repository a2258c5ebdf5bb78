/** The bill of materials is made from the executable's own bundle, and CycloneDX's schema has the last word on it. */
import { afterAll, expect, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { tell } from '../support/chaos-client'
import { spawnScript } from '../support/chaos-server'

const file = `.data/sbom-${process.pid}.cdx.json`
const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6)

afterAll(() => rmSync(file, { force: true }))

type Named = {
  name: string
  group?: string
  version: string
  purl: string
  hashes?: { alg: string; content: string }[]
}

test('the bill names what is in the executable, keeps to CycloneDX 1.6, and nothing of development is in it', async () => {
  const made = spawnScript(['src/cli/sbom.ts', file], {})
  expect([await made.exited(60), made.output()]).toEqual([0, expect.stringContaining('components')])
  const text = await Bun.file(file).text()
  expect(await validator.validate(text)).toBeNull()

  const { components } = JSON.parse(text) as { components: Named[] }
  tell('bill of materials', { components: components.length })
  const names = components.map(({ group, name }) => (group ? `${group}/${name}` : name))
  const { dependencies, devDependencies } = await Bun.file('package.json').json()
  expect(names).toEqual(expect.arrayContaining(['bun', 'elysia', 'jose', 'pino', 'postgres', 'zod']))
  for (const name of Object.keys(devDependencies)) expect(names).not.toContain(name)
  expect(components.find(({ name }) => name === 'postgres')).toMatchObject({
    version: dependencies.postgres,
    pedigree: { notes: `Patched here: patches/postgres@${dependencies.postgres}.patch` },
  })
  const packages = components.filter(({ name }) => name !== 'bun')
  for (const { hashes } of packages)
    expect(hashes).toEqual([{ alg: 'SHA-512', content: expect.stringMatching(/^[0-9a-f]{128}$/) }])
})

test('the schema is not a formality: a bill with a wrong type of component is refused', async () => {
  const bill = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
  }
  const of = (type: string) => JSON.stringify({ ...bill, components: [{ type, name: 'zod' }] })
  expect(await validator.validate(of('library'))).toBeNull()
  expect(await validator.validate(of('dish'))).not.toBeNull()
})
