import { ruleFiles } from './monitoring/alerts.ts'
for (const [path, text] of Object.entries({ ...ruleFiles() })) await Bun.write(path, text)
