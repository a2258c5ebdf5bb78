import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseRunbook } from './runbook-document'
import { openTerminal } from './runbook-terminal'

const folder = mkdtempSync(join(tmpdir(), 'ridendine-terminal-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const terminal = openTerminal(folder, { GIVEN: 'by the test', PLACE: folder })
const run = (text: string) => terminal.run(parseRunbook(`\`\`\`sh run\n${text}\n\`\`\``).blocks[0]!)

test('a variable stays from one block to the next, whatever is in it', async () => {
  await run(`NAME="Mai's kitchen \\$HOME"\necho set\n# expect: set`)
  expect(await run(`echo "$NAME, $GIVEN"\n# expect: Mai's kitchen $HOME, by the test`)).toContain('by the test')
  await run('PID=42\n# expect not: 42')
  expect(terminal.read('PID')).toBe('42')
})

test.each([
  ['a command that fails', 'false\necho after\n# expect not: nothing'],
  ['what is not said', 'echo one\n# expect: two'],
  ['what must not be said', 'echo one\n# expect not: one'],
])('refused: %s', async (_, text) => {
  await expect(run(text)).rejects.toThrow('block of line 1')
})

test('it is run again until it is as expected, and no longer than it may', async () => {
  await run(`echo x >> "$PLACE/count"\nwc -l < "$PLACE/count"\n# expect within 10 s: 3`)
  await expect(run('echo one\n# expect within 1 s: two')).rejects.toThrow('expected: two')
})
