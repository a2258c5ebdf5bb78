import { afterAll, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runDay } from './day.ts'
import { floorMinutes, instanceFolders, readInstance, travelMinutes } from './instance.ts'
import { nearest } from './nearest.ts'
import { courier, order, smallDay } from './small-day.ts'
import { readSolution, SOLUTION_FILES, writeSolution } from './solution.ts'

const folder = mkdtempSync(join(tmpdir(), 'mdrp-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

const FILES = {
  'instance_parameters.txt':
    'meters_per_minute\tpickup service minutes\tdropoff service minutes\ttarget click-to-door\tmaximum click-to-door\t' +
    'pay per order\tguaranteed pay per hour\n100\t4\t4\t40\t90\t10\t15\n',
  'restaurants.txt': 'restaurant\tx\ty\nr1\t0\t0\nr2\t1000\t0\n',
  'couriers.txt': 'courier\tx\ty\ton_time\toff_time\nc1\t1000\t0\t0\t120\n',
  'orders.txt': 'order\tx\ty\tplacement_time\trestaurant\tready_time\no1\t500\t0\t10\tr1\t30\n',
}

const lay = (name: string, changes: Partial<typeof FILES> = {}): string => {
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  for (const [file, text] of Object.entries({ ...FILES, ...changes })) writeFileSync(join(path, file), text)
  return path
}

test('an instance is read as it stands in its files', () => {
  expect(readInstance(lay('days/small'))).toEqual(smallDay([order('o1')]))
})

test('a folder is one instance or holds several', () => {
  const day = lay('days/small')
  expect(instanceFolders(day)).toEqual([day])
  expect(instanceFolders(join(folder, 'days'))).toEqual([day])
})

test('what is missing or no number is named with its line', () => {
  const header = FILES['orders.txt'].split('\n')[0]
  const late = lay('late', { 'orders.txt': `${header}\no1\t500\t0\tlate\tr1\t30\n` })
  expect(() => readInstance(late)).toThrow('line 2: placement_time is no number')
  const short = lay('short', { 'orders.txt': `${header}\no1\t500\t0\t10\tr1\n` })
  expect(() => readInstance(short)).toThrow('line 2 has no ready_time')
})

test('the way is rounded up to whole minutes, and a way of whole minutes is not', () => {
  const day = smallDay([])
  expect(travelMinutes(day, { x: 0, y: 0 }, { x: 300, y: 400 })).toBe(5)
  expect(travelMinutes(day, { x: 0, y: 0 }, { x: 300, y: 401 })).toBe(6)
  expect(travelMinutes(day, { x: 7, y: 7 }, { x: 7, y: 7 })).toBe(0)
})

test('the floor: 20 minutes of preparation, 2 to hand over, 5 on the way, 2 at the door', () => {
  expect(floorMinutes(smallDay([]), order('o1'))).toBe(29)
})

test('a solution is written as the published evaluator reads it, and read back the same', () => {
  const day = smallDay([order('o1')], [courier({ x: 3000 }), courier({ id: 'c2' })])
  const { solution } = runDay(day, nearest, { rules: { canPreposition: false, canUpdate: false } })
  const place = join(folder, 'out')
  writeSolution(place, solution)
  const text = (file: string) => readFileSync(join(place, file), 'utf8').split('\n')
  expect(text(SOLUTION_FILES.assignments).slice(1)).toEqual(['18 30 c2 o1', ''])
  expect(text(SOLUTION_FILES.orders)).toEqual([
    'order placement_time ready_time pickup_time dropoff_time courier',
    'o1 10 30 30 39 c2',
    '',
  ])
  expect(text(SOLUTION_FILES.couriers).slice(1)).toEqual(['c2 18 0 r1', 'c2 32 r1 o1', ''])
  expect(readSolution(place)).toEqual(solution)
})

test('an orders file with another header is refused', () => {
  const place = join(folder, 'crooked')
  writeSolution(place, { assignments: [], delivered: [], moves: [] })
  writeFileSync(join(place, SOLUTION_FILES.orders), 'order courier\n')
  expect(() => readSolution(place)).toThrow('begins with: order courier')
})

test('the command runs a day, keeps its files, and says that the checker has nothing against it', async () => {
  lay('days/small')
  const command = [process.execPath, '--no-env-file', join(import.meta.dir, '../dispatch.ts')]
  const options = ['--instances', join(folder, 'days'), '--policy', 'nearest,reyes', '--out', join(folder, 'kept')]
  const child = Bun.spawn([...command, ...options], { stdout: 'pipe', stderr: 'pipe' })
  const [text, errors] = await Promise.all([child.stdout.text(), child.stderr.text()])
  expect(errors).toBe('')
  expect(await child.exited).toBe(0)
  expect(text).toContain('the checker has 0 faults in 3 solutions')
  expect(text).toMatch(/^mean of 1 +reyes\+pre +0\.00 +0\.00 +29\.00/m)
  expect(readSolution(join(folder, 'kept/reyes/small')).delivered).toHaveLength(1)
})

test('the command refuses a policy that it does not know', async () => {
  const command = [process.execPath, '--no-env-file', join(import.meta.dir, '../dispatch.ts')]
  const child = Bun.spawn([...command, '--instances', folder, '--policy', 'best'], { stdout: 'pipe', stderr: 'pipe' })
  expect(await child.stderr.text()).toContain('not best')
  expect(await child.exited).toBe(1)
})
