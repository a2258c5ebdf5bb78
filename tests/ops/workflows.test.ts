/** The workflows of .github, as far as they can be held here: nothing of GitHub runs on this machine. */
import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../support/chaos-server'
import { actionlintFaults, parsed, parserFaults, scriptOf, workflowTexts } from '../support/workflow-files'

const files = Object.keys(workflowTexts)
const manifest = (await Bun.file(join(repository, 'package.json')).json()) as {
  scripts: Record<string, string>
  devDependencies: Record<string, string>
}
const stepsOf = (file: string) => Object.values(parsed(workflowTexts[file]!).jobs).flatMap(({ steps }) => steps)

test('there is a workflow for each thing that is to be done', () => {
  const expected = ['audit', 'ci', 'deploy', 'image', 'load', 'release', 'schema-drift']
  expect(expected.filter((name) => !files.includes(`${name}.yml`))).toEqual([])
})

test.each(files)("%s is one by GitHub's own parser, and by actionlint", async (file) => {
  expect(await parserFaults(file, workflowTexts[file]!)).toEqual([])
  expect(await actionlintFaults(file, workflowTexts[file]!)).toEqual([])
})

test('both would say so if one was not', async () => {
  const text = workflowTexts['ci.yml']!
  const misspelt = text.replace('runs-on:', 'run-on:')
  expect(await parserFaults('ci.yml', misspelt)).not.toEqual([])
  expect(await actionlintFaults('ci.yml', misspelt)).not.toEqual([])
  const unknown = text.replace('github.ref }}', 'steps.nothing.outputs.here }}')
  expect(await actionlintFaults('ci.yml', unknown)).not.toEqual([])
})

test.each(files)('%s: nothing is allowed but what a job names; one run at a time; no job without an end', (file) => {
  const workflow = parsed(workflowTexts[file]!)
  expect(workflow.permissions).toEqual({})
  expect(workflow.concurrency).toBeDefined()
  for (const job of Object.values(workflow.jobs)) {
    expect(job.permissions).toBeDefined()
    expect(job['timeout-minutes']).toBeLessThanOrEqual(60)
  }
})

test.each(files)('%s: actions are pinned by commit with their version beside it, or by version', (file) => {
  const uses = [...workflowTexts[file]!.matchAll(/^ +(?:- )?uses: (.*)$/gm)].map(([, action]) => action!)
  expect(uses.length).toBeGreaterThan(0)
  const unpinned = uses.filter((action) => !/^[\w./-]+@([0-9a-f]{40} # v\d+\.\d+\.\d+|v\d+)$/.test(action))
  expect(unpinned).toEqual([])
})

test('Dependabot moves the pins on', async () => {
  const { updates } = Bun.YAML.parse(readFileSync(join(repository, '.github/dependabot.yml'), 'utf8')) as {
    updates: { 'package-ecosystem': string }[]
  }
  expect(updates.map((one) => one['package-ecosystem'])).toContain('github-actions')
})

test.each(files)(
  '%s: its scripts are shell, call what there is, and take nothing of an event as their text',
  async (file) => {
    for (const { run, uses, with: inputs } of stepsOf(file)) {
      if (uses?.startsWith('oven-sh/setup-bun'))
        expect(inputs?.['bun-version']).toBe(manifest.devDependencies['bun-types'])
      if (!run) continue
      const child = Bun.spawn(['bash', '-n'], { stdin: Buffer.from(scriptOf(run)), stderr: 'pipe' })
      expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, ''])
      for (const [, script] of run.matchAll(/\bbun run (?:--silent )?([a-z][\w:-]*)/g)) {
        expect(Object.keys(manifest.scripts)).toContain(script!)
      }
      // A title or a branch may hold a command: what is not ours comes by the environment.
      expect([...run.matchAll(/\$\{\{\s*(github\.(event|head_ref|ref_name)|inputs)\b/g)]).toEqual([])
    }
  },
)

test('what is piped on fails with what it came from', () => {
  for (const file of files) {
    if (!stepsOf(file).some(({ run }) => run && / \| /.test(run))) continue
    // Without a named shell GitHub's bash has no pipefail.
    expect([file, parsed(workflowTexts[file]!).defaults?.run?.shell]).toEqual([file, 'bash'])
  }
})
