/** A backup is restored under running processes: the log is shorter than what they have read, and its numbers come again. */
import { expect, test } from 'bun:test'
import { as, given } from '../support/given'
import { eventually, sql, useMarket } from '../support/market'
import { useSockets } from '../support/socket'

useMarket()
const { listen } = useSockets()

const putBackTo = (seq: number) =>
  sql().begin(async (tx) => {
    await tx`select set_config('ridendine.retention', 'on', true)`
    await tx`delete from event_topics where seq > ${seq}`
    await tx`delete from events where seq > ${seq} or seq is null`
    await tx`update event_head set seq = ${seq}`
  })

const headSeq = async () => (await sql()<{ seq: number }[]>`select seq from event_head`)[0]!.seq

test('sockets are told to read anew, and hear what happens from then on', async () => {
  const [mai, nora] = [await given.chef('mai'), await given.customer('nora')]
  const order = await given.order({ until: 'accepted', chef: mai, customer: nora })
  const line = await listen(nora)
  await line.subscribe(`order:${order.id}`)
  const before = await eventually('the log to be long', async () => ((await headSeq()) > 5 ? headSeq() : undefined))
  await putBackTo(2)
  await line.hears('a resync', ({ type }) => type === 'resync')

  await as(mai).patch(`/orders/${order.id}/preparing`)
  const { seq } = await line.hearsEvent('order.preparing')
  expect(seq).toBeLessThan(before)
  await as(mai).patch(`/orders/${order.id}/ready`)
  await line.hearsEvent('order.ready')
  // Each once, although numbers are given a second time.
  expect(line.names().filter((name) => name === 'order.preparing')).toHaveLength(1)
})
