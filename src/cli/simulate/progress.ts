import { timeOfDay } from './clock.ts'
import type { World } from './world.ts'

/** How far the day is: one line that is rewritten in a terminal, a line now and then in a log. */

const EVERY_MS_TERMINAL = 500
const EVERY_MS_LOG = 5_000

type Out = { isTTY?: boolean; write(text: string): unknown }

export const showProgress = (world: World, out: Out): (() => void) => {
  const line = () => {
    const { book, stats, clock } = world
    const delivered = book.outcomes.get('delivered') ?? 0
    const over = [...book.outcomes.values()].reduce((sum, count) => sum + count, 0)
    return (
      `${timeOfDay(clock.now())}  ${book.placedCount}/${world.options.orders} placed, ${delivered} delivered, ` +
      `${over - delivered} ended otherwise, ${book.open.size} open, ${stats.errorCount} errors`
    )
  }
  const write = () => out.write(out.isTTY ? `\r\u001b[2K${line()}` : `${line()}\n`)
  const timer = setInterval(write, out.isTTY ? EVERY_MS_TERMINAL : EVERY_MS_LOG)
  return () => {
    clearInterval(timer)
    write()
    if (out.isTTY) out.write('\n')
  }
}
