/**
 * `ridendine health [ready|live]`: for health checks of containers that have no shell. Asks the server that runs beside
 * it with the same environment; exit code 0 when it is well, 1 when not, 2 when the question is wrong.
 */
import { ConfigError, config } from '#core/config'

const TIMEOUT_MS = 3_000
const ANSWER_CHARS_MAX = 500
const QUESTIONS = ['ready', 'live']

/** Listening on every address is no address to ask. */
const ANY_ADDRESS: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }

const ask = async (question: string) => {
  const { HOST, PORT } = config()
  const answer = await fetch(`http://${ANY_ADDRESS[HOST] ?? HOST}:${PORT}/health/${question}`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  console.log((await answer.text()).slice(0, ANSWER_CHARS_MAX))
  return answer.ok ? 0 : 1
}

const [question = 'ready'] = process.argv.slice(2)
if (!QUESTIONS.includes(question)) {
  console.error(`Usage: ridendine health [${QUESTIONS.join('|')}]`)
  process.exit(2)
}
try {
  process.exitCode = await ask(question)
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : `No answer: ${(error as Error).message}`)
  process.exitCode = 1
}
