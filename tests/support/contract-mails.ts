import { beforeAll } from 'bun:test'
import { sql } from './market'

/** Mails are deleted as soon as they are sent, since they hold tokens; here a copy is kept. Call it after useMarket. */
export const keepMails = () => {
  beforeAll(async () => {
    await sql()`create table kept_mails (recipient text, subject text, body text)`
    await sql().unsafe(`
      create function keep_mail() returns trigger language plpgsql as $$
      begin
        insert into kept_mails values (new.data ->> 'to', new.data ->> 'subject', new.data ->> 'body');
        return new;
      end $$`)
    await sql()`create trigger keep_mail after insert on jobs for each row when (new.queue = 'mail') execute function keep_mail()`
  })
}

/** The token in the only mail with this subject to somebody. */
export const mailedToken = async (recipient: string, subject: string): Promise<string> => {
  const mails = await sql()<{ body: string }[]>`
    select body from kept_mails where recipient = ${recipient} and subject = ${subject}`
  const token = mails.length === 1 && mails[0]!.body.match(/#token=([\w-]+)/)?.[1]
  if (!token) throw new Error(`${mails.length} mails "${subject}" to ${recipient}, or no token in it`)
  return token
}
