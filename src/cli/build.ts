/**
 * `bun run build [--arch amd64|arm64] [--outfile FILE]`: one executable with everything but glibc in it. The
 * architecture (by the names that container builds use) is this machine's unless told; for another one Bun fetches its
 * runtime from the package registry.
 */
import { parseArgs } from 'node:util'
import { bundle } from './build/bundle.ts'

const ARCHITECTURES: Record<string, string> = { amd64: 'x64', arm64: 'arm64' }
const BYTES_PER_MEGABYTE = 1e6

const { values } = parseArgs({
  options: { arch: { type: 'string' }, outfile: { type: 'string', default: 'dist/ridendine' } },
})
// Container builds hand over an empty name where they know none.
const arch = values.arch ? ARCHITECTURES[values.arch] : process.arch
if (!arch) {
  console.error(`--arch is one of ${Object.keys(ARCHITECTURES).join(', ')}`)
  process.exit(2)
}

await Bun.build({
  ...bundle,
  compile: {
    outfile: values.outfile,
    // Naming the machine's own target would fetch what is here already.
    ...(arch === process.arch ? {} : { target: `bun-linux-${arch}` as Bun.Build.CompileTarget }),
    // What runs is what was built: no settings from files that happen to lie in the working directory.
    autoloadDotenv: false,
    autoloadBunfig: false,
  },
})
console.log(`${values.outfile} (${arch}): ${(Bun.file(values.outfile).size / BYTES_PER_MEGABYTE).toFixed(1)} MB`)
