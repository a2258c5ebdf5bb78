import { expect, test } from 'bun:test'
import { type DriverFix, type Fix, memoryPositionStore } from '#core/positions'

const fix = (second: number, lat = 57.7): Fix => ({
  lat,
  lng: 11.97,
  recordedAt: `2026-11-23T11:00:${String(second).padStart(2, '0')}.000Z`,
})

test('keeps the newest fix of each driver', async () => {
  const store = memoryPositionStore()
  expect(await store.put('omar', fix(1))).toBe(true)
  expect(await store.put('omar', fix(3, 57.8))).toBe(true)
  expect(await store.put('lena', fix(2))).toBe(true)
  expect(await store.get(['lena', 'nobody', 'omar'])).toEqual([fix(2), undefined, fix(3, 57.8)])
})

test('an older fix that comes late changes nothing; nor does the same one twice', async () => {
  const store = memoryPositionStore()
  await store.put('omar', fix(5))
  expect(await store.put('omar', fix(4, 58))).toBe(false)
  expect(await store.put('omar', fix(5, 58))).toBe(false)
  expect(await store.get(['omar'])).toEqual([fix(5)])
})

test('compares instants, not texts', async () => {
  const store = memoryPositionStore()
  await store.put('omar', { ...fix(0), recordedAt: '2026-11-23T12:30:00+02:00' })
  expect(await store.put('omar', { ...fix(0), recordedAt: '2026-11-23T11:00:00Z' })).toBe(true)
})

test('tells its listeners each fix that it kept, until they leave', async () => {
  const store = memoryPositionStore()
  const heard: DriverFix[] = []
  const leave = store.subscribe((one) => void heard.push(one))
  await store.put('omar', fix(2))
  await store.put('omar', fix(1))
  leave()
  await store.put('omar', fix(3))
  expect(heard).toEqual([{ driverId: 'omar', ...fix(2) }])
})

test('who is removed is gone, and not written down any more', async () => {
  const store = memoryPositionStore()
  await store.put('omar', fix(1))
  expect([...store.dirty]).toEqual(['omar'])
  await store.remove('omar')
  expect(await store.get(['omar'])).toEqual([undefined])
  expect([...store.dirty]).toEqual([])
})
