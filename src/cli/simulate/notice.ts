import type { Account } from './account.ts'
import type { World } from './world.ts'

/**
 * A note on the door: while a simulated day runs, the demo in the background rests, since both play the same chefs and
 * drivers. It hangs where both can read it over the public API: in the last name of an account of its own. It has an
 * end, so that a day that was killed does not keep the demo away for ever.
 */

const NOTICE_EMAIL = 'simulator@test.com'
const LASTS_MS = 60_000
const RENEW_EVERY_MS = 15_000
const IDLE = 'idle'

export const noticeAccount = (world: World): Account =>
  world.account(NOTICE_EMAIL, {
    email: NOTICE_EMAIL,
    firstName: 'Simulator',
    lastName: IDLE,
    role: 'customer',
    mayExist: true,
  })

/** Hangs the note out, and renews it until the returned function takes it down. */
export const hangNotice = async (account: Account): Promise<() => Promise<void>> => {
  const write = async (lastName: string) => {
    await account.call('PATCH', '/users/me', { body: { lastName } })
  }
  const busy = () => write(`busy until ${new Date(Date.now() + LASTS_MS).toISOString()}`)
  await busy()
  const timer = setInterval(() => void busy().catch(() => {}), RENEW_EVERY_MS)
  return async () => {
    clearInterval(timer)
    await write(IDLE)
  }
}

export const isBusy = async (account: Account): Promise<boolean> => {
  const reply = await account.call<{ lastName: string }>('GET', '/users/me')
  if (reply.status !== 200) throw new Error(`The notice cannot be read: ${reply.status} ${reply.slug}`)
  const until = /^busy until (.+)$/.exec(reply.body.lastName)?.[1]
  return until !== undefined && Date.parse(until) > Date.now()
}
