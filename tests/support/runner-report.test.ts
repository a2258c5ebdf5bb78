import { describe, expect, test } from 'bun:test'
import { addSums, noSums, readClosingLines, readJunit, readReport, readResultLine, sumsLine } from './runner-report'

const closing = (lines: string[], ran: number, files: number) =>
  `\n${lines.map((line) => ` ${line}\n`).join('')}Ran ${ran} tests across ${files} file${files === 1 ? '' : 's'}. [17.00ms]\n`

const junit = (tests: number, failures: number, skipped: number, files: string[]) =>
  `<?xml version="1.0"?>
<testsuites name="bun test" tests="${tests}" assertions="2" failures="${failures}" skipped="${skipped}" time="0.1">
${files.map((file) => `  <testsuite name="${file}" file="${file}" tests="1"><testcase name="tests=&quot;9&quot;"/></testsuite>`).join('\n')}
</testsuites>
`

const run = {
  tail: closing(['3 pass', '0 fail', '2 expect() calls'], 3, 1),
  junit: junit(3, 0, 0, ['a.test.ts']),
  exitCode: 0,
  files: ['a.test.ts'],
  stopped: null,
  seen: noSums,
}

describe('a bun test process', () => {
  test('that is green has the sums it closes with', () => {
    expect(readReport(run)).toEqual({ passed: 3, failed: 0, skipped: 0, faults: [] })
  })

  test('has its todo tests among the skipped ones', () => {
    const tail = closing(['2 pass', '1 skip', '1 todo', '1 fail'], 5, 1)
    const report = readReport({ ...run, tail, junit: junit(5, 1, 2, ['a.test.ts']), exitCode: 1 })
    expect(report).toEqual({ passed: 2, failed: 1, skipped: 2, faults: [] })
  })

  test('that ends with exit code 0 without closing has failed', () => {
    const report = readReport({ ...run, tail: 'a.test.ts:\n', junit: null, seen: { ...noSums, passed: 1 } })
    expect(report).toMatchObject({ passed: 1, failed: 1 })
    expect(report.faults).toEqual([expect.stringContaining('without its closing lines')])
  })

  test('that was stopped has failed once, and what passed before counts', () => {
    const stopped = 'stopped at the limit of 6 min for unit'
    const seen = { passed: 7, failed: 1, skipped: 1 }
    expect(readReport({ ...run, tail: '', junit: null, exitCode: null, stopped, seen })).toEqual({
      passed: 7,
      failed: 2,
      skipped: 1,
      faults: [stopped],
    })
  })

  test('counts a file that failed to load, which the junit file leaves out', () => {
    const tail = closing(['3 pass', '1 fail', '1 error'], 4, 2)
    const report = readReport({ ...run, tail, exitCode: 1, files: ['a.test.ts', 'b.test.ts'] })
    expect(report).toEqual({ passed: 3, failed: 1, skipped: 0, faults: [] })
  })

  test('counts an error outside of all tests, which bun does not count as failed', () => {
    const tail = closing(['0 pass', '0 fail', '1 error'], 0, 1)
    expect(readReport({ ...run, tail, junit: null, exitCode: 1 })).toMatchObject({ passed: 0, failed: 1 })
  })

  test('fails for a file in which no test ran', () => {
    const report = readReport({ ...run, files: ['a.test.ts', 'empty.test.ts'] })
    expect(report).toMatchObject({ passed: 3, failed: 1, faults: ['no test ran in empty.test.ts'] })
  })

  test('fails when nothing ran', () => {
    const tail = closing(['0 pass', '0 fail'], 0, 1)
    expect(readReport({ ...run, tail, junit: null })).toMatchObject({ passed: 0, failed: 1 })
  })

  test('fails when its two reports disagree', () => {
    const report = readReport({ ...run, junit: junit(2, 0, 0, ['a.test.ts']) })
    expect(report).toMatchObject({ passed: 3, failed: 1 })
  })

  test('fails when its junit file is missing or cut off', () => {
    expect(readReport({ ...run, junit: null }).failed).toBeGreaterThan(0)
    expect(readReport({ ...run, junit: run.junit.slice(0, -20) }).failed).toBeGreaterThan(0)
  })

  test('fails when it closes well and still ends with an error', () => {
    expect(readReport({ ...run, exitCode: 1 })).toMatchObject({ passed: 3, failed: 1 })
  })
})

describe('closing lines', () => {
  test('count only at the very end: a test may print some of its own', () => {
    const inner = closing(['9 pass', '0 fail'], 9, 1)
    expect(readClosingLines(`${inner}(pass) it ran a suite\n`)).toBeNull()
    expect(readClosingLines(`${inner}${closing(['1 pass', '0 fail'], 1, 1)}`)).toMatchObject({ passed: 1 })
  })

  test('are found in colour too', () => {
    const coloured = run.tail.replace(' 3 pass', '\u001b[32m 3 pass\u001b[0m')
    expect(readClosingLines(coloured)).toMatchObject({ passed: 3, ran: 3, files: 1 })
  })
})

test('a junit file gives its sums and the files that it tells of', () => {
  expect(readJunit(junit(5, 1, 2, ['a.test.ts', 'b.test.ts']))).toEqual({
    passed: 2,
    failed: 1,
    skipped: 2,
    files: ['a.test.ts', 'b.test.ts'],
  })
  expect(readJunit('<html></html>')).toBeNull()
})

test('result lines are counted as they go by', () => {
  const lines = ['(pass) one [0.1ms]', '(fail) two', '(skip) three', '(todo) four', 'bun test', ' (pass) indented']
  const results = lines.map(readResultLine)
  expect(results.map(({ sums }) => sums).reduce(addSums)).toEqual({ passed: 1, failed: 1, skipped: 2 })
  expect(results.flatMap(({ failedTest }) => failedTest ?? [])).toEqual(['two'])
})

test('the closing line has the form that continuous integration reads', () => {
  expect(sumsLine({ passed: 12, failed: 0, skipped: 1 })).toBe('12 passed, 0 failed, 1 skipped')
})
