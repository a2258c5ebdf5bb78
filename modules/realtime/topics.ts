import { database } from '#core/database'
import type { Actor } from '#core/tokens'
import { parseTopic } from './messages.ts'

/** Who may hear what: the server decides, and asks the database each time. */
export const mayHear = async (actor: Actor, topic: string): Promise<boolean> => {
  const { kind, id } = parseTopic(topic)
  if (actor.role === 'admin') return exists[kind](id)
  if (kind === 'order') return mayHearOrder(actor, id)
  if (kind === 'chef') return actor.role === 'chef' && isKitchenOf(id, actor.userId)
  if (kind === 'driver') return actor.role === 'driver' && isDriverOf(id, actor.userId)
  return false
}

type Yes = { yes: boolean }[]

const answer = (rows: Yes) => rows[0]!.yes

const exists = {
  order: async (id: string) =>
    answer(await database.sql<Yes>`select exists (select from orders where id = ${id}) as yes`),
  chef: async (id: string) =>
    answer(await database.sql<Yes>`select exists (select from chefs where id = ${id}) as yes`),
  driver: async (id: string) =>
    answer(await database.sql<Yes>`select exists (select from drivers where id = ${id}) as yes`),
  zone: async (id: string) =>
    answer(await database.sql<Yes>`select exists (select from zones where id = ${id}) as yes`),
}

/** A chef not before it is paid; a driver only while he has it. */
const mayHearOrder = async ({ userId, role }: Actor, orderId: string) =>
  answer(
    await database.sql<Yes>`
      select exists (
        select from orders o join chefs c on c.id = o.chef_id
        left join deliveries d on d.order_id = o.id left join drivers v on v.id = d.driver_id
        where o.id = ${orderId} and case ${role}::text
          when 'customer' then o.customer_id = ${userId}
          when 'chef' then c.user_id = ${userId} and o.paid_at is not null
          when 'driver' then v.user_id = ${userId}
          else false end) as yes`,
  )

const isKitchenOf = async (chefId: string, userId: string) =>
  answer(await database.sql<Yes>`select exists (select from chefs where id = ${chefId} and user_id = ${userId}) as yes`)

const isDriverOf = async (driverId: string, userId: string) =>
  answer(
    await database.sql<Yes>`select exists (select from drivers where id = ${driverId} and user_id = ${userId}) as yes`,
  )
