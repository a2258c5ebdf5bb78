/** `bun run release:notes vX.Y.Z`: what CHANGELOG.md says of the version, which must be that of package.json. */
import { notesOf } from './delivery/changelog.ts'

const [tag = ''] = process.argv.slice(2)
const { version } = (await Bun.file('package.json').json()) as { version: string }
try {
  if (tag !== `v${version}`)
    throw new Error(`The tag ${tag || '(none)'} is not v${version}, the version of package.json.`)
  console.log(notesOf(await Bun.file('CHANGELOG.md').text(), version))
} catch (error) {
  console.error((error as Error).message)
  process.exit(1)
}
