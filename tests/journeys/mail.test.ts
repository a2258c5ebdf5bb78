import { afterAll, beforeEach, expect, test } from 'bun:test'
import { createServer, type Socket } from 'node:net'
import { parseConfig, setConfig } from '#core/config'
import { database } from '#core/database'
import { type Mail, type Mailer, mailer, mailJob, queueMail } from '#core/mail'
import { sql, useMarket } from '../support/market'

// The stores alone: no job of the market sends these mails.
useMarket({ environment: { MODULES: 'web' } })

const NOW = new Date('2026-11-23T11:00:00Z')
const seconds = (count: number) => new Date(NOW.getTime() + count * 1000)
const letter: Mail = { to: 'nora@example.com', subject: 'Confirm your email', body: 'Here: https://x/#token=secret' }

beforeEach(async () => void (await sql()`delete from mails`))

const keeping = () => {
  const sent: Mail[] = []
  return { sent, send: async (mail: Mail) => void sent.push(mail) }
}
const failing: Mailer = { send: () => Promise.reject(new Error('no such host')) }

const run = (send: Mailer, now = NOW) => mailJob(send).run(now)
const rows = () => sql()`select * from mails order by created_at, id`

test('is sent once, and its body is not kept', async () => {
  const box = keeping()
  await queueMail(sql(), letter, NOW)
  await run(box)
  await run(box, seconds(3_600))
  expect(box.sent).toEqual([letter])
  const [row] = await rows()
  expect(row).toMatchObject({ sentAt: NOW.toISOString(), body: '', failedAt: null })
})

test('of what was rolled back nothing is sent', async () => {
  const undone = database.begin(async (tx) => {
    await queueMail(tx, letter, NOW)
    throw new Error('the order was not placed after all')
  })
  await expect(undone).rejects.toThrow()
  const box = keeping()
  await run(box)
  expect(box.sent).toEqual([])
})

test('several go in one run, the one that waits longest first, and none before its time', async () => {
  const box = keeping()
  for (const minute of [2, 1, 3]) await queueMail(sql(), { ...letter, subject: `at ${minute}` }, seconds(minute * 60))
  await run(box, seconds(120))
  expect(box.sent.map(({ subject }) => subject)).toEqual(['at 1', 'at 2'])
})

test('replicas that send side by side send each mail once', async () => {
  const box = keeping()
  await Promise.all(Array.from({ length: 15 }, (_, i) => queueMail(sql(), { ...letter, subject: `${i}` }, NOW)))
  await Promise.all([run(box), run(box), run(box), run(box)])
  expect(box.sent.map(({ subject }) => Number(subject)).toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: 15 }, (_, i) => i),
  )
})

test('what cannot be sent is tried again later, each time twice as much later', async () => {
  await queueMail(sql(), letter, NOW)
  const waits: number[] = []
  let now = NOW
  for (let attempt = 0; attempt < 4; attempt++) {
    await run(failing, now)
    const [row] = await rows()
    const next = new Date(row!.nextAttemptAt as string)
    waits.push((next.getTime() - now.getTime()) / 1000)
    const early = keeping()
    await run(early, new Date(next.getTime() - 1))
    expect(early.sent).toEqual([])
    now = next
  }
  expect(waits).toEqual([10, 20, 40, 80])
  const box = keeping()
  await run(box, now)
  expect(box.sent).toEqual([letter])
})

test('after eight attempts it is given up for good', async () => {
  await queueMail(sql(), letter, NOW)
  for (let day = 0; day < 8; day++) await run(failing, seconds(day * 86_400))
  const [row] = await rows()
  expect(row).toMatchObject({ attemptCount: 8, sentAt: null, failedAt: seconds(7 * 86_400).toISOString() })
  const box = keeping()
  await run(box, seconds(100 * 86_400))
  expect(box.sent).toEqual([])
})

test('a mail that cannot be sent does not hold up the others', async () => {
  const box = keeping()
  await queueMail(sql(), { ...letter, to: 'nowhere' }, NOW)
  await queueMail(sql(), letter, seconds(1))
  await run({ send: (mail) => (mail.to === 'nowhere' ? failing.send(mail) : box.send(mail)) }, seconds(2))
  expect(box.sent).toEqual([letter])
})

test('a process that died while sending leaves the mail to the next after a minute', async () => {
  await queueMail(sql(), letter, NOW)
  const claimed = Promise.withResolvers<void>()
  const dying: Mailer = {
    send: () => {
      claimed.resolve()
      return new Promise(() => {})
    },
  }
  void run(dying)
  await claimed.promise
  const box = keeping()
  await run(box, seconds(59))
  expect(box.sent).toEqual([])
  await run(box, seconds(60))
  expect(box.sent).toEqual([letter])
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
  await queueMail(sql(), { ...letter, subject: 'Välkommen' }, NOW)
  await run(smtp())
  expect(post.received).toHaveLength(1)
  const [text] = post.received
  expect(text).toContain('From: RideNDine <no-reply@ridendine.test>')
  expect(text).toContain('To: nora@example.com')
  expect(text).toMatch(/Subject: =\?UTF-8\?Q\?V=C3=A4lkommen\?=/)
  expect(text).toContain('text/plain')
  expect(text!.replace(/=\n/g, '').replaceAll('=3D', '=')).toContain('Here: https://x/#token=secret')
  expect((await rows())[0]).toMatchObject({ sentAt: NOW.toISOString() })
})

test('a subject cannot smuggle in a header, nor a recipient another one', async () => {
  post.received.length = 0
  await queueMail(sql(), { ...letter, subject: 'Hello\r\nBcc: eve@example.com' }, NOW)
  await run(smtp())
  expect(post.received).toHaveLength(1)
  expect(post.received[0]).not.toMatch(/^Bcc:/m)
})

test('when the mail server refuses, or is not there, the mail waits', async () => {
  await queueMail(sql(), { ...letter, to: 'nobody@example.com' }, NOW)
  await run(smtp())
  await queueMail(sql(), letter, NOW)
  await run(smtp('smtp://127.0.0.1:1'))
  const waiting = await rows()
  expect(waiting).toHaveLength(2)
  for (const row of waiting) expect(row).toMatchObject({ sentAt: null, attemptCount: 1, failedAt: null })
})
