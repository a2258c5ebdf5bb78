import { expect, test } from 'bun:test'
import { anchorOf, faultsOfBlock, isRun, parseRunbook } from './runbook-document'

const page = `# Page

See [the other](other.md#here).

## Steps

### CPU saturated

**Means** much.

\`\`\`sh run
# no heading
echo ready
# expect: ready
# expect not: lost
# expect within 20 s: done
\`\`\`

## Rollback

None.
`

test('headings, links, bodies and blocks are found', () => {
  const { headings, links, blocks } = parseRunbook(page)
  expect(headings.map(({ anchor, level }) => [anchor, level])).toEqual([
    ['page', 1],
    ['steps', 2],
    ['cpu-saturated', 3],
    ['rollback', 2],
  ])
  expect(headings[2]!.body).toContain('**Means**')
  expect(headings[2]!.body).not.toContain('None.')
  expect(links).toEqual(['other.md#here'])
  expect(blocks.map(isRun)).toEqual([true])
  expect(blocks[0]!.expectations).toEqual([
    { text: 'ready', isAbsent: false, withinSeconds: 0 },
    { text: 'lost', isAbsent: true, withinSeconds: 0 },
    { text: 'done', isAbsent: false, withinSeconds: 20 },
  ])
})

test('anchors are made as hosts of repositories make them', () => {
  expect(anchorOf('No drivers in zone')).toBe('no-drivers-in-zone')
  expect(anchorOf("Orders' deadlines, missed")).toBe('orders-deadlines-missed')
})

test('a block without an end is refused', () => {
  expect(() => parseRunbook('```sh run\necho')).toThrow('has no end')
})

const faults = (info: string, text: string, before = '') => {
  const [block] = parseRunbook(`\`\`\`${info}\n${text}\n\`\`\``).blocks
  return faultsOfBlock(block!, before).join()
}
const reading = "psql <<'SQL'\nbegin read only;\nselect 1;\nSQL\n# expect: 1"
const writing = "psql <<'SQL'\nupdate orders set x = 1;\nSQL\n# expect: 1"

test.each([
  ['a kind that nobody knows', faults('sh', 'ls'), 'is no kind of block'],
  ['no reason', faults('sh not run here:', 'ls'), 'is no kind of block'],
  ['nothing expected', faults('sh run', 'ls'), 'expects nothing'],
  ['expected, and not run', faults('sh not run here: no cluster', 'ls\n# expect: x'), 'is not run'],
  ['writes', faults('sh run', writing, 'Now.\n'), 'does not say so'],
  ['writes by the API', faults('sh run', 'curl -sS \\\n  -X PATCH x\n# expect: x'), 'does not say so'],
  ['said so in another step', faults('sh run', writing, '1. **Writes**: a.\n\n2. Now.\n\n'), 'does not say so'],
  ['deletes', faults('sh not run here: no cluster', 'dropdb x; rm -r /data', '**Danger**: all is lost.'), 'no backup'],
])('refused: %s', (_, found, wanted) => expect(found).toContain(wanted))

test.each([
  ['reads', faults('sh run', reading)],
  ['signs in', faults('sh run', 'curl x -d @- | jq -r .accessToken\n# expect: x')],
  ['a query', faults('promql', 'up == 0')],
  ['says that it writes', faults('sh run', writing, '**Writes**: the settings.\n\n')],
  ['says why it is not run', faults('sh not run here: needs a cluster', 'kubectl get pods')],
])('taken: %s', (_, found) => expect(found).toBe(''))
