/** `bun run docs`: writes the pages of docs/ that come from code. A test holds them against it. */
import { statesPage } from '#core/lifecycle/states-page'

await Bun.write('docs/states.md', statesPage())
console.log('docs/states.md')
