import nodemailer from 'nodemailer'
import { z } from 'zod'
import { config } from '#core/config'
import type { Sql } from '#core/database'
import { enqueue, type Queue } from '#core/jobs'
import { log } from '#core/log'
import { counter } from '#core/metrics'

const Mail = z.object({ to: z.string(), subject: z.string(), body: z.string() })
export type Mail = z.output<typeof Mail>
export type Mailer = { send(mail: Mail): Promise<void> }

const ATTEMPTS_MAX = 8
const FIRST_RETRY_SECONDS = 10
const RETRY_SECONDS_MAX = 3_600
/** At a time, and by one process. */
const CONCURRENCY = 4
/** Past what the three timeouts of a connection come to. */
const TIMEOUT_SECONDS = 60
const SMTP_TIMEOUT_MS = 10_000

const mailsSent = counter('mails_total', 'Mails by outcome', ['outcome'])

/** Writes a mail with what caused it: pass the transaction. It is sent after the commit. */
export const queueMail = (sql: Sql, mail: Mail) => enqueue(sql, 'mail', mail)

/** SMTP when configured; otherwise mail goes to the log, named as what it is. */
export const mailer = (): Mailer => {
  const { SMTP_URL, MAIL_FROM } = config()
  if (!SMTP_URL) return logMailer
  const transport = nodemailer.createTransport(
    {
      url: SMTP_URL,
      connectionTimeout: SMTP_TIMEOUT_MS,
      greetingTimeout: SMTP_TIMEOUT_MS,
      socketTimeout: SMTP_TIMEOUT_MS,
    },
    { from: MAIL_FROM },
  )
  return { send: async ({ to, subject, body }) => void (await transport.sendMail({ to, subject, text: body })) }
}

// Bodies hold sign-in links, which must not stand in the logs of a real deployment.
const logMailer: Mailer = {
  send: async ({ to, subject, body }) => {
    const shown = config().NODE_ENV === 'production' ? {} : { to, body }
    log.warn({ mail: { subject, ...shown } }, 'mail not sent: no SMTP_URL is configured')
  },
}

/**
 * Sends what is queued. Twice only when the process, or the database, dies between the mail server's yes and our note of
 * it. A mail that is sent is deleted: its text holds sign-in links.
 */
export const mailQueue = (send: Mailer): Queue => ({
  name: 'mail',
  attemptsMax: ATTEMPTS_MAX,
  firstRetrySeconds: FIRST_RETRY_SECONDS,
  retrySecondsMax: RETRY_SECONDS_MAX,
  concurrency: CONCURRENCY,
  timeoutSeconds: TIMEOUT_SECONDS,
  run: async ({ data, attempt }) => {
    try {
      await send.send(Mail.parse(data))
      mailsSent.inc({ outcome: 'sent' })
    } catch (error) {
      mailsSent.inc({ outcome: attempt >= ATTEMPTS_MAX ? 'given_up' : 'retried' })
      throw new Error(faultOf(error))
    }
  },
})

/** Kept and logged, so only codes: what a mail server says may name the person. */
const faultOf = (error: unknown): string => {
  const { name, code, responseCode } = error as { name?: string; code?: string; responseCode?: number }
  return ['not sent:', code ?? name, responseCode].filter((part) => part !== undefined).join(' ')
}
