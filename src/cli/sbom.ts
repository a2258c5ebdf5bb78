/**
 * `bun run sbom [FILE]`: a software bill of materials (CycloneDX 1.6, JSON) of what is in the executable: not what is in
 * the lockfile, but the packages whose code the bundler took. The plugin checks it against CycloneDX's own schema.
 */
import { cyclonedxEsbuildPlugin } from '@cyclonedx/cyclonedx-esbuild'
import { bundle } from './build/bundle.ts'

const [outputFile = 'dist/sbom.cdx.json'] = process.argv.slice(2)

await Bun.build({
  ...bundle,
  metafile: true,
  outdir: undefined,
  plugins: [cyclonedxEsbuildPlugin({ outputFile, specVersion: '1.6', outputReproducible: true, validate: true })],
})
console.log(`wrote ${outputFile}`)
