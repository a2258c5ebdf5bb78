import { expect, test } from 'bun:test'
import { expansionFaults, historyFaults, isSame, schemaChanges } from './changes.ts'

const first = { name: '0001-a', sql: 'create table a ()' }
const second = { name: '0002-b', sql: 'create table b ()' }

test('history may only grow at its end', () => {
  expect(historyFaults([first], [first, second])).toEqual([])
  expect(historyFaults([first, second], [first])).toEqual(['0002-b has landed and is gone.'])
  expect(historyFaults([first], [{ ...first, sql: 'create table c ()' }])[0]).toContain(
    '0001-a has landed and was edited',
  )
  expect(historyFaults([second], [first, second])[0]).toContain('0001-a is new and sorts before 0002-b')
})

const table = { name: 'table public.orders', definition: 'r p' }
const column = (name: string, definition: string) => ({ name: `column public.orders.${name}`, definition })
const before = [table, column('id', 'uuid not null'), column('note', 'text')]

const faults = (after: typeof before, sql = 'alter table orders') =>
  expansionFaults(schemaChanges(before, after), before, [{ name: '0003-c', sql }])

test('what only adds is no fault', () => {
  const after = [
    ...before,
    column('tip', 'bigint not null default 0'),
    column('place', 'text'),
    column('double', 'bigint not null generated stored default (a * 2)'),
    { name: 'table public.tips', definition: 'r p' },
    { name: 'column public.tips.id', definition: 'uuid not null' },
    { name: 'index public.tips_id', definition: 'create index' },
  ]
  expect(faults(after)).toEqual([])
  expect(schemaChanges(before, after).added).toHaveLength(6)
})

test.each([
  ['gone', before.slice(0, 2), 'column public.orders.note is gone'],
  ['of another type', [...before.slice(0, 2), column('note', 'integer')], 'was "text" and is "integer"'],
  ['mandatory from now on', [...before.slice(0, 2), column('note', 'text not null')], 'is "text not null"'],
  ['new and mandatory', [...before, column('tip', 'bigint not null')], 'must be filled by every insert'],
])('a column that is %s is a fault until its migration says why not', (_, after, message) => {
  expect(faults(after)).toHaveLength(1)
  expect(faults(after)[0]).toContain(message)
  expect(faults(after, '-- contract: read by nothing since 1.2\nalter table orders')).toEqual([])
  expect(faults(after, '-- breaking: 1.1 reads it\nalter table orders')).toEqual([])
  expect(faults(after, '-- contract:\nalter table orders')).toHaveLength(1)
})

test('the same objects in another order are the same schema', () => {
  expect(isSame(schemaChanges(before, before.toReversed()))).toBe(true)
  expect(isSame(schemaChanges(before, before.slice(1)))).toBe(false)
})
