/**
 * What a `bun test` process said about itself, made into sums that cannot be too good.
 *
 * Neither of bun's two reports is enough alone (1.4.5): the junit file leaves out test files that failed to load, and is
 * not written at all when nothing else ran; the closing lines are missing when a test calls `process.exit(0)`, and then
 * the exit code is 0. So the closing lines are the base, the junit file has to agree, and whatever does not fit is a
 * fault that counts as one failed test.
 */
export type Sums = { passed: number; failed: number; skipped: number }

export type TestProcess = {
  /** The last lines of its standard error, in which bun closes. */
  tail: string
  /** The text of the junit file, or null where none was written. */
  junit: string | null
  exitCode: number | null
  /** The test files that it was given, relative to the repository. */
  files: string[]
  /** What it was stopped for, such as its time limit; null when it ended by itself. */
  stopped: string | null
  /** What was counted from its `(pass)`, `(fail)` lines as they went by: all there is when it did not close. */
  seen: Sums
}

export type Report = Sums & { faults: string[] }

export const noSums: Sums = { passed: 0, failed: 0, skipped: 0 }

export const addSums = (a: Sums, b: Sums): Sums => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
})

/** The form that the last line of a run must have. */
export const sumsLine = ({ passed, failed, skipped }: Sums) => `${passed} passed, ${failed} failed, ${skipped} skipped`

export const readReport = (run: TestProcess): Report => {
  const closing = readClosingLines(run.tail)
  const faults = run.stopped ? [run.stopped] : []
  if (!closing) {
    if (!run.stopped) faults.push(`bun test ended (exit code ${run.exitCode}) without its closing lines: it crashed`)
    return { ...run.seen, failed: run.seen.failed + faults.length, faults }
  }
  const junit = run.junit === null ? null : readJunit(run.junit)
  const failed = Math.max(closing.failed, closing.errors, junit?.failed ?? 0)
  // A file that failed to load is not in the junit file either, but it was counted as an error.
  const silent = run.files.filter((file) => !junit?.files.includes(file))
  if (silent.length > closing.errors) faults.push(`no test ran in ${silent.join(', ')}`)
  if ((junit?.passed ?? 0) !== closing.passed) {
    faults.push(`the closing lines say ${closing.passed} passed, the junit file ${junit?.passed ?? 'is missing'}`)
  }
  if (run.exitCode !== 0 && failed === 0 && faults.length === 0) faults.push(`bun test ended with ${run.exitCode}`)
  return { passed: closing.passed, failed: failed + faults.length, skipped: closing.skipped, faults }
}

/** The block of counts must be the very end of the output: a test that runs tests prints one of these as well. */
const closingLines = /(?:^|\n)((?: *\d+ [^\n]*\n)+)Ran (\d+) tests? across (\d+) files?\. \[[^\]\n]*\]\s*$/

export const readClosingLines = (output: string) => {
  const found = closingLines.exec(Bun.stripANSI(output).replaceAll('\r\n', '\n'))
  if (!found) return null
  const [, block = '', ran, files] = found
  const count = (word: string) => Number(new RegExp(`^ *(\\d+) ${word}$`, 'm').exec(block)?.[1] ?? 0)
  return {
    passed: count('pass'),
    failed: count('fail'),
    errors: count('errors?'),
    skipped: count('skip') + count('todo'),
    ran: Number(ran),
    files: Number(files),
  }
}

/**
 * The sums on the outermost element of a junit file, in which todo tests are among the skipped ones, and the files that
 * have a suite in it. Null when it is not one, or is cut off.
 */
export const readJunit = (xml: string): (Sums & { files: string[] }) | null => {
  const head = /<testsuites\b[^>]*>/.exec(xml)?.[0]
  const count = (name: string) => /^\d+$/.exec(new RegExp(`\\b${name}="([^"]*)"`).exec(head ?? '')?.[1] ?? '')?.[0]
  const [tests, failures, skipped] = [count('tests'), count('failures'), count('skipped')].map(Number)
  if (!xml.trimEnd().endsWith('</testsuites>') || [tests, failures, skipped].some(Number.isNaN)) return null
  const files = [...xml.matchAll(/<testsuite\b[^>]*\bfile="([^"]*)"/g)].map(([, file]) => file!)
  return { passed: tests! - failures! - skipped!, failed: failures!, skipped: skipped!, files }
}

/** What one line of a running `bun test` adds, and the name of the test where it failed. */
export const readResultLine = (line: string): { sums: Sums; failedTest?: string } => {
  const [, word, name] = /^\((pass|fail|skip|todo)\) (.*)$/.exec(Bun.stripANSI(line)) ?? []
  if (word === 'pass') return { sums: { ...noSums, passed: 1 } }
  if (word === 'fail') return { sums: { ...noSums, failed: 1 }, failedTest: name }
  return { sums: { ...noSums, skipped: word ? 1 : 0 } }
}
