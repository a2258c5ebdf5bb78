/** A runbook as its Markdown says it: sections, headings, links, and blocks of commands. docs/runbooks/README.md tells the form. */

export type Expectation = {
  text: string
  /** The output must not hold it. */
  isAbsent: boolean
  /** So long the block is run again until the output is as expected; 0: it is run once. */
  withinSeconds: number
}

export type Block = {
  /** What stands behind the fence, such as `sh run`. */
  info: string
  text: string
  /** Of the fence, from 1. */
  line: number
  expectations: Expectation[]
}

/** `end` is the line before which the next heading of the same or a higher level stands. */
export type Heading = { level: number; text: string; anchor: string; line: number; body: string }

export type RunbookDocument = { headings: Heading[]; blocks: Block[]; links: string[]; prose: string }

const FENCE = /^```(.*)$/
const HEADING = /^(#{1,6}) (.+)$/
const LINK = /\[[^\]]*\]\(([^)\s]+)\)/g
const EXPECTATION = /^# expect( not)?(?: within (\d+) s)?: (.+)$/

/** As hosts of repositories make anchors of headings. */
export const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')

export const parseRunbook = (markdown: string): RunbookDocument => {
  const lines = markdown.split('\n')
  const blocks: Block[] = []
  const found: Omit<Heading, 'body'>[] = []
  const prose: string[] = []
  let open: { info: string; line: number; lines: string[] } | undefined
  lines.forEach((line, index) => {
    const fence = FENCE.exec(line)
    if (open && fence) {
      blocks.push(blockOf(open))
      open = undefined
    } else if (open) open.lines.push(line)
    else if (fence) open = { info: fence[1]!.trim(), line: index + 1, lines: [] }
    else {
      prose.push(line)
      const heading = HEADING.exec(line)
      if (heading) {
        const text = heading[2]!.trim()
        found.push({ level: heading[1]!.length, text, anchor: anchorOf(text), line: index + 1 })
      }
    }
  })
  if (open) throw new Error(`the block of line ${open.line} has no end`)
  const text = prose.join('\n')
  return {
    headings: withBodies(found, lines),
    blocks,
    links: [...text.matchAll(LINK)].map(([, to]) => to!),
    prose: text,
  }
}

const blockOf = ({ info, line, lines }: { info: string; line: number; lines: string[] }): Block => ({
  info,
  line,
  text: lines.join('\n'),
  expectations: lines.flatMap((one) => {
    const match = EXPECTATION.exec(one)
    return match ? [{ text: match[3]!, isAbsent: match[1] !== undefined, withinSeconds: Number(match[2] ?? 0) }] : []
  }),
})

const withBodies = (found: Omit<Heading, 'body'>[], lines: string[]): Heading[] =>
  found.map((heading, index) => {
    const next = found.slice(index + 1).find(({ level }) => level <= heading.level)
    return { ...heading, body: lines.slice(heading.line, next ? next.line - 1 : lines.length).join('\n') }
  })

export const SECTIONS = [
  'When to use',
  'Severity and risk',
  'Time',
  'Prerequisites',
  'Steps',
  'Verification',
  'Rollback',
  'Common problems',
  'Escalation',
  'Success criteria',
  'Change log',
]

const RUN = 'sh run'
const NOT_RUN = /^sh not run here: \S/
const QUERY = 'promql'

export const isRun = ({ info }: Block) => info === RUN
export const isNotRun = ({ info }: Block) => NOT_RUN.test(info)

/** Words that a reader must have met in the same step before a command that changes something or ends what others are at. */
const WARNING = /\*\*(Danger|Writes)\b/
const DELETES =
  /\b(drop (database|table|schema|role)|delete from|truncate|rm -r|kubectl\b.* delete (pvc|namespace|statefulset)|down -v)\b/i
const SQL_START = /<<'SQL'\n(.*)/g
/** Besides SQL that is not read-only. Signing in is no change. */
const WRITES = [
  /\| psql/,
  /\bkill -/,
  /-X (PATCH|POST|DELETE)/,
  /\bcurl\b.* -d (?!@- \| jq -r \.accessToken)/,
  /\bjobs retry\b/,
  /\bsecrets:jwt drop\b/,
  /\bdb:restore (?!.*--into)/,
]
const STEP = /\n(?=\d+\. |#{2,6} )/

/** Without comments, and each command in one line. */
const commandsOf = (text: string) => text.replace(/^#.*$/gm, '').replaceAll('\\\n', ' ')

/** What is wrong with the form of one block, if anything. `before` is the text of the document up to it. */
export const faultsOfBlock = (block: Block, before: string): string[] => {
  const { info, text, expectations } = block
  if (info === QUERY) return []
  if (!isRun(block) && !isNotRun(block)) return [`line ${block.line}: \`\`\`${info} is no kind of block`]
  const step = before.split(STEP).at(-1)!
  const faults: string[] = []
  if (isRun(block) && expectations.length === 0) faults.push('expects nothing')
  if (!isRun(block) && expectations.length > 0) faults.push('is not run and expects something')
  const isReadOnly = [...text.matchAll(SQL_START)].every(([, first]) => first!.trim() === 'begin read only;')
  const isWriting = !isReadOnly || WRITES.some((pattern) => pattern.test(commandsOf(text)))
  if (isRun(block) && isWriting && !WARNING.test(step)) faults.push('writes and does not say so before')
  if (DELETES.test(text) && !WARNING.test(step)) faults.push('deletes and does not say so before')
  if (DELETES.test(text) && !/db:backup|backup-now|a backup/.test(before))
    faults.push('deletes, and no backup is made before')
  return faults.map((fault) => `line ${block.line}: ${fault}`)
}
