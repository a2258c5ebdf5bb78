import { afterAll, beforeEach, expect, test } from 'bun:test'
import { createServer, type Socket } from 'node:net'
import { turnClock } from '#core/clock'
import { runDue } from '#core/jobs/queue'
import { mailer, mailQueue } from '#core/mail'
import { as, given, PASSWORD, type Person } from '../support/given'
import { call, eventually, sql, useMarket } from '../support/market'

/** A mailbox for everyone: as much of SMTP as it takes to be sent a mail. */
const openMailbox = async () => {
  const mails: { to: string; text: string }[] = []
  const talk = (socket: Socket) => {
    let rest = ''
    let to = ''
    let text: string | undefined
    const obey = (line: string) => {
      if (text === undefined) {
        to = /^RCPT TO:<([^>]+)>/i.exec(line)?.[1] ?? to
        text = /^DATA/i.test(line) ? '' : undefined
        socket.write(text === undefined ? '250 ok\r\n' : '354 go on\r\n')
      } else if (line !== '.') text += `${line}\n`
      else {
        mails.push({ to, text: text.replace(/=\n/g, '').replaceAll('=3D', '=') })
        text = undefined
        socket.write('250 taken\r\n')
      }
    }
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString()).split('\r\n')
      rest = lines.pop()!
      for (const line of lines) obey(line)
    })
    socket.on('error', () => {})
    socket.write('220 post.test ESMTP\r\n')
  }
  const server = createServer(talk)
  await new Promise<void>((open) => server.listen(0, '127.0.0.1', open))
  return { mails, url: `smtp://127.0.0.1:${(server.address() as { port: number }).port}`, close: () => server.close() }
}

const mailbox = await openMailbox()
useMarket({ environment: { SMTP_URL: mailbox.url, PUBLIC_URL: 'https://ridendine.test' } })
afterAll(() => mailbox.close())

const HOUR_MS = 3_600_000

let nora: Person
beforeEach(async () => {
  nora = await given.customer('nora')
})

const post = (path: string, body: object) => call('POST', `/auth/${path}`, { body })
const login = (password: string) => post('login', { email: nora.email, password })
const forgot = (email = nora.email) => post('forgot-password', { email })
const reset = (token: string, password = 'A better one 42') => post('reset-password', { token, password })
const isVerified = async () => (await as(nora).get('/users/me')).body.emailVerified

/** The job of the market does the same every second. */
const sendNow = () => runDue(mailQueue(mailer()))

/** The token of the nth link of a kind that was sent to somebody. */
const tokenSent = (page: 'verify-email' | 'reset-password', nth = 0, to = nora.email) =>
  eventually(`mail ${nth} to ${page}`, async () => {
    await sendNow()
    const link = new RegExp(`https://ridendine\\.test/${page}#token=([\\w-]+)`)
    const tokens = mailbox.mails.filter((mail) => mail.to === to).flatMap(({ text }) => link.exec(text)?.[1] ?? [])
    return tokens[nth]
  })

test('the link that is sent on registering verifies the email, once', async () => {
  expect(await isVerified()).toBe(false)
  const token = await tokenSent('verify-email')
  expect((await post('verify-email', { token })).status).toBe(204)
  expect(await isVerified()).toBe(true)
  expect(await post('verify-email', { token })).toBeProblem(422, 'token-not-valid')
  expect(await isVerified()).toBe(true)
})

test('the link ends after three days', async () => {
  const token = await tokenSent('verify-email')
  turnClock(72 * HOUR_MS + 1_000)
  expect(await post('verify-email', { token })).toBeProblem(422, 'token-not-valid')
})

test('who forgot her password sets a new one; the old one and every session end', async () => {
  expect((await forgot()).status).toBe(202)
  const token = await tokenSent('reset-password')
  expect((await reset(token)).status).toBe(204)
  expect(await login(PASSWORD)).toBeProblem(401, 'wrong-credentials')
  expect(await post('refresh', { refreshToken: nora.refreshToken })).toBeProblem(401)
  expect((await login('A better one 42')).status).toBe(200)
  expect(await reset(token, 'Yet another 43')).toBeProblem(422, 'token-not-valid')
})

test('of several links that were asked for, using one ends the others', async () => {
  await forgot()
  await forgot()
  const [first, second] = [await tokenSent('reset-password', 0), await tokenSent('reset-password', 1)]
  expect(first).not.toBe(second)
  expect((await reset(second)).status).toBe(204)
  expect(await reset(first)).toBeProblem(422, 'token-not-valid')
})

test('a new password opens an account that was locked by wrong ones', async () => {
  for (let n = 0; n < 10; n++) await login('wrong')
  expect(await login(PASSWORD)).toBeProblem(429)
  await forgot()
  await reset(await tokenSent('reset-password'))
  expect((await login('A better one 42')).status).toBe(200)
})

test('a link for a password ends after an hour', async () => {
  await forgot()
  const token = await tokenSent('reset-password')
  turnClock(HOUR_MS + 1_000)
  expect(await reset(token)).toBeProblem(422, 'token-not-valid')
  expect((await login(PASSWORD)).status).toBe(200)
})

test('a link is for one thing', async () => {
  await forgot()
  const [verify, password] = [await tokenSent('verify-email'), await tokenSent('reset-password')]
  expect(await reset(verify)).toBeProblem(422, 'token-not-valid')
  expect(await post('verify-email', { token: password })).toBeProblem(422, 'token-not-valid')
  expect((await reset(password)).status).toBe(204)
  expect((await post('verify-email', { token: verify })).status).toBe(204)
})

test('a weak new password is refused, and the link is still good', async () => {
  await forgot()
  const token = await tokenSent('reset-password')
  expect(await reset(token, 'short')).toBeProblem(422, 'invalid-request')
  expect((await reset(token)).status).toBe(204)
})

test('asked for an email that nobody has, the answer is the same and nothing is sent', async () => {
  const stranger = 'stranger@example.com'
  const [known, unknown] = [await forgot(), await forgot(stranger)]
  expect([unknown.status, unknown.body]).toEqual([known.status, known.body])
  await tokenSent('reset-password')
  expect(await sql()`select id from jobs where data ->> 'to' = ${stranger}`).toHaveLength(0)
})

test('what is sent is in the name of the person, and its link is not kept', async () => {
  await tokenSent('verify-email')
  const mail = mailbox.mails.find(({ to }) => to === nora.email)!
  expect(mail.text).toContain('Hello Nora,')
  expect(mail.text).toContain('Subject: Confirm your email')
  await eventually('the mail to be gone from the queue', async () => {
    const rows = await sql()`select id from jobs where data ->> 'to' = ${nora.email}`
    return rows.length === 0
  })
})
