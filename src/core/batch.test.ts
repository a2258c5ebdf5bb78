import { expect, test } from 'bun:test'
import { batcher } from '#core/batch'

const LIMITS = { itemsMax: 2, inFlightMax: 1, slowMs: 1_000, waitingMax: 5 }
const ok = (items: readonly unknown[]) => items.map(() => ({ status: 'fulfilled' as const, value: undefined }))

test('the first goes at once, those that come meanwhile go together, in order and up to the limit', async () => {
  const batches: number[][] = []
  const add = batcher<number, unknown>(async (items) => {
    batches.push([...items])
    await Promise.resolve()
    return ok(items)
  }, LIMITS)
  await Promise.all([1, 2, 3, 4, 5].map((item) => add(item)))
  expect(batches).toEqual([[1], [2, 3], [4, 5]])
})

test('each item has its own outcome, and a batch that fails as a whole fails each', async () => {
  const add = batcher<string, unknown>(async (items) => {
    if (items.includes('all')) throw new Error('away')
    return items.map((item) =>
      item === 'bad'
        ? { status: 'rejected' as const, reason: new Error(item) }
        : { status: 'fulfilled' as const, value: 1 },
    )
  }, LIMITS)
  const outcomes = await Promise.allSettled([add('good'), add('bad'), add('good')])
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect(add('all')).rejects.toThrow('away')
  // A batch that failed does not hold up those after it.
  expect(await add('good')).toBe(1)
})

test('more than may wait is refused', () => {
  const add = batcher<number, unknown>(() => new Promise(() => {}), LIMITS)
  for (let item = 0; item < 6; item++) void add(item)
  expect(() => add(6)).toThrow('More is coming in')
})

test('a second batch goes beside one that is slow, or when as many wait as a batch holds', async () => {
  const batches: number[][] = []
  const releases: (() => void)[] = []
  const add = batcher<number, unknown>(
    async (items) => {
      batches.push([...items])
      await new Promise<void>((resolve) => releases.push(resolve))
      return ok(items)
    },
    { itemsMax: 2, inFlightMax: 3, slowMs: 20, waitingMax: 9 },
  )
  const answers = [1, 2].map((item) => add(item))
  expect(batches).toEqual([[1]])
  answers.push(add(3))
  expect(batches).toEqual([[1], [2, 3]])
  answers.push(add(4))
  expect(batches).toHaveLength(2)
  await Bun.sleep(40)
  expect(batches).toEqual([[1], [2, 3], [4]])
  // Three are as many as there may be, however slow.
  answers.push(add(5))
  await Bun.sleep(40)
  expect(batches).toHaveLength(3)
  releases[0]!()
  await Bun.sleep(0)
  expect(batches).toEqual([[1], [2, 3], [4], [5]])
  for (const release of releases) release()
  await Promise.all(answers)
})
