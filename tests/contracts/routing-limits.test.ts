/** Ways are for everybody, so what one address may ask in a minute is limited; more strictly what costs much. */
import { expect, test } from 'bun:test'
import { call, type Reply, useMarket } from '../support/market'
import { useRoads, village, villagePlace } from '../support/used-roads'

useMarket({ environment: { RATE_LIMITS: 'on' } })
useRoads(village)

const { lat, lng } = villagePlace('a')

const untilRefused = async (path: string, callsMax: number): Promise<{ answered: number; refusal: Reply }> => {
  for (let answered = 0; answered <= callsMax; answered++) {
    const reply = await call('GET', path)
    if (reply.status !== 200) return { answered, refusal: reply }
  }
  throw new Error(`${path} was answered ${callsMax} times`)
}

test('thirty isochrones a minute, while small questions are still answered, six hundred in all', async () => {
  const { answered, refusal } = await untilRefused(`/routing/isochrone?lat=${lat}&lng=${lng}&minutes=1`, 40)
  expect(answered).toBe(30)
  expect(refusal).toBeProblem(429, 'too-many-requests')
  expect(Number(refusal.headers.get('retry-after'))).toBeGreaterThan(0)

  const small = await untilRefused(`/routing/nearest/v1/driving/${lng},${lat}`, 700)
  expect(small.answered).toBe(600 - 31)
  expect(small.refusal).toBeProblem(429, 'too-many-requests')
}, 30_000)
