import nodemailer from 'nodemailer'
import { addSeconds } from '#core/clock'
import { config } from '#core/config'
import { database, type Sql } from '#core/database'
import { newId } from '#core/ids'
import type { Job } from '#core/jobs'
import { log } from '#core/log'
import { counter } from '#core/metrics'

export type Mail = { to: string; subject: string; body: string }
export type Mailer = { send(mail: Mail): Promise<void> }

const ATTEMPTS_MAX = 8
const BATCH_MAX = 20
const FIRST_RETRY_SECONDS = 10
const CLAIM_SECONDS = 60
const SMTP_TIMEOUT_MS = 10_000

const mailsSent = counter('mails_total', 'Mails by outcome', ['outcome'])

/** Writes a mail with what caused it: pass the transaction. It is sent after the commit. */
export const queueMail = (sql: Sql, { to, subject, body }: Mail, now: Date) => sql`
  insert into mails (id, recipient, subject, body, created_at, next_attempt_at)
  values (${newId()}, ${to}, ${subject}, ${body}, ${now}, ${now})`

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

/** Sends what is queued. A row is claimed while it is being sent, so replicas do not send it twice. */
export const mailJob = (send: Mailer): Job => ({
  name: 'mail',
  everyMs: 1_000,
  run: async (now) => {
    for (let sent = 0; sent < BATCH_MAX; sent++) if (!(await sendNext(send, now))) return
  },
})

type MailRow = { id: string; recipient: string; subject: string; body: string; attemptCount: number }

const sendNext = async (send: Mailer, now: Date) => {
  const mail = await claimNext(now)
  if (!mail) return false
  try {
    await send.send({ to: mail.recipient, subject: mail.subject, body: mail.body })
    await database.sql`update mails set sent_at = ${now}, body = '' where id = ${mail.id}`
    mailsSent.inc({ outcome: 'sent' })
  } catch (error) {
    await postpone(database.sql, mail, now)
    log.warn({ mailId: mail.id, attempt: mail.attemptCount, err: (error as Error).name }, 'mail could not be sent')
  }
  return true
}

/** Claimed for a minute: a process that dies while sending leaves the mail to the next. */
const claimNext = async (now: Date) => {
  const [mail] = await database.sql<MailRow[]>`
    update mails set next_attempt_at = ${addSeconds(now, CLAIM_SECONDS)}, attempt_count = attempt_count + 1
    where id = (
      select id from mails where sent_at is null and failed_at is null and next_attempt_at <= ${now}
      order by next_attempt_at limit 1 for update skip locked)
    returning id, recipient, subject, body, attempt_count`
  return mail
}

const postpone = async (tx: Sql, { id, attemptCount }: MailRow, now: Date) => {
  const givenUp = attemptCount >= ATTEMPTS_MAX
  const retryAt = addSeconds(now, FIRST_RETRY_SECONDS * 2 ** (attemptCount - 1))
  mailsSent.inc({ outcome: givenUp ? 'given_up' : 'retried' })
  await tx`
    update mails set next_attempt_at = ${retryAt}, failed_at = ${givenUp ? now : null} where id = ${id}`
}
