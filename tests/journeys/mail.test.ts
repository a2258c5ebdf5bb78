import { afterAll, beforeEach, expect, test } from 'bun:test'
import { createServer, type Socket } from 'node:net'
import { parseConfig, setConfig } from '#core/config'
import { database } from '#core/database'
import { runDue } from '#core/jobs/queue'
import { type Mail, type Mailer, mailer, mailQueue, queueMail } from '#core/mail'
import { sql, useMarket } from '../support/market'

// The stores alone: no process sends these mails but the test.
useMarket({ environment: { MODULES: 'web' } })

const letter: Mail = { to: 'nora@example.com', subject: 'Confirm your email', body: 'Here: https://x/#token=secret' }

beforeEach(async () => void (await sql()`delete from jobs`))

const keeping = () => {
  const sent: Mail[] = []
  return { sent, send: async (mail: Mail) => void sent.push(mail) }
}
const failing: Mailer = { send: () => Promise.reject(new Error('no such host')) }

const run = (send: Mailer) => runDue(mailQueue(send))
const rows = () =>
  sql()`select *, extract(epoch from run_at - now())::float8 as due_in from jobs order by created_at, id`
/** The queue goes by the clock of the database, which no test can turn: it moves what waits. */
const later = (seconds: number) => sql()`update jobs set run_at = run_at - ${seconds} * interval '1 second'`

test('is sent once, and its text is not kept', async () => {
  const box = keeping()
  await queueMail(sql(), letter)
  await run(box)
  await later(3_600)
  await run(box)
  expect(box.sent).toEqual([letter])
  expect(await rows()).toHaveLength(0)
})

test('of what was rolled back nothing is sent', async () => {
  const undone = database.begin(async (tx) => {
    await queueMail(tx, letter)
    throw new Error('the order was not placed after all')
  })
  await expect(undone).rejects.toThrow()
  const box = keeping()
  await run(box)
  expect(box.sent).toEqual([])
})

test('the one that waits longest goes first', async () => {
  const box = keeping()
  for (const subject of ['first', 'second', 'third']) {
    await later(60)
    await queueMail(sql(), { ...letter, subject })
  }
  await run(box)
  expect(box.sent.map(({ subject }) => subject)).toEqual(['first', 'second', 'third'])
})

test('replicas that send side by side send each mail once', async () => {
  const box = keeping()
  await Promise.all(Array.from({ length: 15 }, (_, i) => queueMail(sql(), { ...letter, subject: `${i}` })))
  await Promise.all([run(box), run(box), run(box), run(box)])
  expect(box.sent.map(({ subject }) => Number(subject)).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 15 }, (_, i) => i),
  )
})

test('what cannot be sent is tried again later, each time about twice as much later', async () => {
  await queueMail(sql(), letter)
  const waits: number[] = []
  for (let attempt = 0; attempt < 4; attempt++) {
    expect(await run(failing)).toBe(1)
    const [row] = await rows()
    waits.push(row!.dueIn as number)
    await later((row!.dueIn as number) - 2)
    expect(await run(failing)).toBe(0)
    await later(3)
  }
  for (const [index, longest] of [10, 20, 40, 80].entries()) {
    expect(waits[index]).toBeWithin(longest / 2 - 1, longest + 0.001)
  }
  const box = keeping()
  await run(box)
  expect(box.sent).toEqual([letter])
})

test('after eight attempts it is given up, kept for the operator, and says why without saying to whom', async () => {
  await queueMail(sql(), letter)
  const refusing = {
    send: () => Promise.reject(Object.assign(new Error(`no ${letter.to} here`), { responseCode: 550 })),
  }
  for (let attempt = 0; attempt < 8; attempt++) {
    expect(await run(refusing)).toBe(1)
    await later(86_400)
  }
  const [row] = await rows()
  expect(row).toMatchObject({ attemptCount: 8, lastError: 'not sent: Error 550', claimedBy: null })
  expect(row!.failedAt).not.toBeNull()
  const box = keeping()
  await run(box)
  expect(box.sent).toEqual([])
})

test('a mail that cannot be sent does not hold up the others', async () => {
  const box = keeping()
  await queueMail(sql(), { ...letter, to: 'nowhere' })
  await later(1)
  await queueMail(sql(), letter)
  await run({ send: (mail) => (mail.to === 'nowhere' ? failing.send(mail) : box.send(mail)) })
  expect(box.sent).toEqual([letter])
})

test('a process that died while sending leaves the mail to the next once its claim has run out', async () => {
  await queueMail(sql(), letter)
  await sql()`
    update jobs set claimed_by = 'a process that is no more', attempt_count = 1, run_at = now() + interval '6 seconds'`
  const box = keeping()
  await run(box)
  expect(box.sent).toEqual([])
  await later(6)
  await run(box)
  expect(box.sent).toEqual([letter])
})

test('what a process of the version before writes is sent too', async () => {
  await sql()`
    insert into mails (id, recipient, subject, body, created_at, next_attempt_at)
    values (gen_random_uuid(), ${letter.to}, ${letter.subject}, ${letter.body}, now(), now())`
  const box = keeping()
  await run(box)
  expect(box.sent).toEqual([letter])
  expect(await sql()`select from mails`).toHaveLength(0)
})

/** As little of RFC 5321 as nodemailer needs: takes every mail, but none for `nobody@`. */
const openPostOffice = async () => {
  const received: string[] = []
  const talk = (socket: Socket) => {
    let inData = false
    let text = ''
    const say = (line: string) => socket.write(`${line}\r\n`)
    const obey = (line: string) => {
      if (inData && line !== '.') {
        text += `${line}\n`
        return
      }
      if (inData) {
        inData = false
        received.push(text)
        return say('250 taken')
      }
      if (/^EHLO/i.test(line)) return say('250 post.test')
      if (/^RCPT TO:<nobody@/i.test(line)) return say('550 no such mailbox')
      if (/^DATA/i.test(line)) {
        inData = true
        text = ''
        return say('354 go on')
      }
      say(/^QUIT/i.test(line) ? '221 bye' : '250 ok')
    }
    let rest = ''
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\r\n')
      rest = lines.pop()!
      lines.forEach(obey)
    })
    socket.on('error', () => {})
    say('220 post.test ESMTP')
  }
  const server = createServer(talk)
  await new Promise<void>((open) => server.listen(0, '127.0.0.1', open))
  const { port } = server.address() as { port: number }
  return { received, url: `smtp://127.0.0.1:${port}`, close: () => server.close() }
}

const post = await openPostOffice()
afterAll(() => post.close())

const smtp = (url = post.url) => {
  setConfig(parseConfig({ NODE_ENV: 'test', SMTP_URL: url, MAIL_FROM: 'RideNDine <no-reply@ridendine.test>' }))
  return mailer()
}

test('goes out by SMTP, from the configured sender, as plain text', async () => {
  await queueMail(sql(), { ...letter, subject: 'Välkommen' })
  await run(smtp())
  expect(post.received).toHaveLength(1)
  const [text] = post.received
  expect(text).toContain('From: RideNDine <no-reply@ridendine.test>')
  expect(text).toContain('To: nora@example.com')
  expect(text).toMatch(/Subject: =\?UTF-8\?Q\?V=C3=A4lkommen\?=/)
  expect(text).toContain('text/plain')
  expect(text!.replace(/=\n/g, '').replaceAll('=3D', '=')).toContain('Here: https://x/#token=secret')
  expect(await rows()).toHaveLength(0)
})

test('a subject cannot smuggle in a header, nor a recipient another one', async () => {
  post.received.length = 0
  await queueMail(sql(), { ...letter, subject: 'Hello\r\nBcc: eve@example.com' })
  await run(smtp())
  expect(post.received).toHaveLength(1)
  expect(post.received[0]).not.toMatch(/^Bcc:/m)
})

test('when the mail server refuses, or is not there, the mail waits', async () => {
  await queueMail(sql(), { ...letter, to: 'nobody@example.com' })
  await run(smtp())
  await queueMail(sql(), letter)
  await run(smtp('smtp://127.0.0.1:1'))
  const waiting = await rows()
  expect(waiting).toHaveLength(2)
  for (const row of waiting) expect(row).toMatchObject({ attemptCount: 1, failedAt: null, claimedBy: null })
  expect(waiting.map(({ lastError }) => lastError)).toEqual(['not sent: EENVELOPE 550', 'not sent: ESOCKET'])
})
