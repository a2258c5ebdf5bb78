/** `bun run docs`: writes the pages of docs/ that come from code. A test holds them against it. */
import { statesPage } from '#core/lifecycle/states-page'
import { readSettings, settingsTable, withSettings } from './delivery/settings.ts'

await Bun.write('docs/states.md', statesPage())
console.log('docs/states.md')

const deployment = 'docs/deployment.md'
const settings = readSettings(await Bun.file('.env.example').text())
await Bun.write(deployment, withSettings(await Bun.file(deployment).text(), settingsTable(settings)))
console.log(deployment)
