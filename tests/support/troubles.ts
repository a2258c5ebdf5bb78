import { forgetMarketReading } from '#core/market-reading'
import { call, eventually } from './market'

const inTrouble = async (trouble: string) => {
  forgetMarketReading()
  const { body } = await call('GET', '/metrics')
  const labels = `(?=.*trouble="${trouble}")(?=.*zone="test-zone").*`
  return Number(new RegExp(`^ridendine_deliveries_in_trouble{${labels}} (\\d+)`, 'm').exec(String(body))?.[1])
}

/** What operators see of the deliveries of the test zone; another process tells figures of some seconds ago. */
export const seenInTrouble = (counts: Record<string, number>) =>
  eventually(
    `to be seen: ${JSON.stringify(counts)}`,
    async () => {
      for (const [trouble, count] of Object.entries(counts)) if ((await inTrouble(trouble)) !== count) return false
      return true
    },
    15,
  )
