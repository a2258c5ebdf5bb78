/** One terminal of an operator: blocks of a runbook run in it one after the other, and variables stay from one to the next. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { repository } from './chaos-server'
import type { Block, Expectation } from './runbook-document'

const BLOCK_SECONDS_MAX = 45
const AGAIN_MS = 250

export type Terminal = ReturnType<typeof openTerminal>

/** `folder` keeps the variables; whoever opens it removes it. */
export const openTerminal = (folder: string, environment: Record<string, string | undefined>) => {
  mkdirSync(join(folder, 'bin'), { recursive: true })
  // Whoever runs the tests may have bun under another name, or not on the path at all.
  symlinkSync(process.execPath, join(folder, 'bin', 'bun'))
  const variables = join(folder, 'variables.sh')
  writeFileSync(variables, '')
  const script = (text: string) => `set -aeu\n. '${variables}'\n${text}\nexport -p > '${variables}'\n`

  const runOnce = async (text: string) => {
    const child = Bun.spawn(['sh', '-c', script(text)], {
      cwd: repository,
      env: { ...environment, PATH: [join(folder, 'bin'), process.env.PATH].join(delimiter) },
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
      timeout: BLOCK_SECONDS_MAX * 1000,
    })
    const [out, err, code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ])
    return { output: out + err, code }
  }

  return {
    /** Runs a block until its output is as expected; throws with what it said when it is not, or when it fails. */
    run: async ({ text, expectations, line }: Block) => {
      const withinMs = 1000 * Math.max(0, ...expectations.map(({ withinSeconds }) => withinSeconds))
      const startedMs = performance.now()
      for (;;) {
        const { output, code } = await runOnce(text)
        const unmet = expectations.filter((one) => !isMet(one, output))
        if (code === 0 && unmet.length === 0) return output
        if (performance.now() - startedMs > withinMs) {
          const wanted = unmet.map((one) => `${one.isAbsent ? 'not ' : ''}${one.text}`).join(' | ')
          throw new Error(
            `block of line ${line}: exit code ${code}, expected: ${wanted}\n${text}\n--- said:\n${output}`,
          )
        }
        await Bun.sleep(AGAIN_MS)
      }
    },
    /** What a variable holds now. */
    read: (name: string): string | undefined =>
      new RegExp(`^(?:export|declare -x) ${name}=['"]?([^'"\\n]*)`, 'm').exec(readFileSync(variables, 'utf8'))?.[1],
  }
}

const isMet = ({ text, isAbsent }: Expectation, output: string) => output.includes(text) !== isAbsent
