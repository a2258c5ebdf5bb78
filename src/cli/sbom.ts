/**
 * `bun run sbom [FILE]`: a software bill of materials (CycloneDX 1.6, JSON) of what is in the executable: the packages
 * whose code the bundler took, each with its hash by the lockfile, and the Bun that runs them. Checked against
 * CycloneDX's schema.
 */

import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { bundle } from './build/bundle.ts'
import { completed } from './build/materials.ts'

const [outputFile = 'dist/sbom.cdx.json'] = process.argv.slice(2)

await Bun.build({
  ...bundle,
  metafile: true,
  plugins: [cyclonedxEsbuildPlugin({ outputFile, specVersion: '1.6', outputReproducible: true, validate: false })],
})
const lockfile = Bun.JSONC.parse(await Bun.file('bun.lock').text()) as Parameters<typeof completed>[1]
const bill = completed(await Bun.file(outputFile).json(), lockfile, Bun.version)
const text = `${JSON.stringify(bill, null, 2)}\n`
const fault = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)
if (fault) {
  console.error('The bill of materials does not keep to CycloneDX 1.6:', fault)
  process.exit(1)
}
await Bun.write(outputFile, text)
console.log(`${outputFile}: ${bill.components.length} components`)
