import { beforeAll, expect, test } from 'bun:test'
import { newId } from '#core/ids'
import { type Fix, loadPositions, positions, positionsJob } from '#core/positions'
import { sql, useMarket } from '../support/market'

// The stores alone: the job runs when this file says so.
useMarket({ environment: { MODULES: 'web' } })

const NOW = new Date('2026-11-23T11:00:00Z')
const fix = (minute: number, lat = 57.7): Fix => ({
  lat,
  lng: 11.97,
  speedMps: 5.5,
  recordedAt: new Date(NOW.getTime() + minute * 60_000).toISOString(),
})

const driver = async () => {
  const [userId, id] = [newId(), newId()]
  await sql()`
    insert into users (id, email, password_hash, first_name, last_name, role, created_at)
    values (${userId}, ${`${userId}@example.com`}, '', 'Omar', 'Test', 'driver', ${NOW})`
  await sql()`insert into drivers (id, user_id, vehicle_type, created_at) values (${id}, ${userId}, 'bike', ${NOW})`
  return id
}

let omar: string
beforeAll(async () => {
  omar = await driver()
})

const stored = async (id = omar) => {
  const [row] = await sql()`select fix, recorded_at from driver_positions where driver_id = ${id}`
  return row
}
const save = () => positionsJob.run(NOW)
/** As a process that has just started: knows only what is written. */
const restart = async (id = omar) => {
  await positions.remove(id)
  await loadPositions()
  return (await positions.get([id]))[0]
}

test('what moved is written, and read back by the next process', async () => {
  await positions.put(omar, fix(1))
  expect(await stored()).toBeUndefined()
  await save()
  expect(await stored()).toEqual({ fix: fix(1), recordedAt: fix(1).recordedAt })
  expect(await restart()).toEqual(fix(1))
})

test('a newer fix replaces what is written, an older one of another process does not', async () => {
  await positions.put(omar, fix(3, 57.8))
  await save()
  expect((await stored())!.fix).toEqual(fix(3, 57.8))
  await positions.remove(omar)
  await positions.put(omar, fix(2, 57.6))
  await save()
  expect((await stored())!.fix).toEqual(fix(3, 57.8))
})

test('what has not moved since is not written again', async () => {
  await positions.put(omar, fix(5))
  await save()
  await sql()`update driver_positions set fix = '{"marked": true}' where driver_id = ${omar}`
  await save()
  expect((await stored())!.fix).toEqual({ marked: true })
})

test('what could not be written is written the next time', async () => {
  const lena = await driver()
  await sql()`alter table driver_positions add constraint closed check (driver_id <> ${sql().unsafe(`'${lena}'`)})`
  await positions.put(lena, fix(1))
  await expect(save()).rejects.toThrow('closed')
  await sql()`alter table driver_positions drop constraint closed`
  await save()
  expect((await stored(lena))!.fix).toEqual(fix(1))
})

test('a driver who is in no table does not keep the others from being written', async () => {
  await positions.put(newId(), fix(9))
  await positions.put(omar, fix(9))
  await save()
  expect((await stored())!.recordedAt).toBe(fix(9).recordedAt)
})

test('many at once are all written', async () => {
  const crowd = await Promise.all(Array.from({ length: 50 }, driver))
  await Promise.all(crowd.map((id, i) => positions.put(id, fix(i % 10, 57 + i / 100))))
  await save()
  const [row] = await sql()`
    select count(*)::integer as count from driver_positions where driver_id = any(${crowd}::uuid[])`
  expect(row!.count).toBe(50)
})
