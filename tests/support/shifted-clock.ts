/** Preloaded into a server: its wall clock is off by the milliseconds in the file that CLOCK_SHIFT_FILE names, from each SIGUSR2 on. */
import { readFileSync } from 'node:fs'

const RealDate = Date
let shiftMs = 0

const read = () => {
  shiftMs = Number(readFileSync(process.env.CLOCK_SHIFT_FILE!, 'utf8'))
}
read()
process.on('SIGUSR2', read)

class ShiftedDate extends RealDate {
  constructor(...given: [] | ConstructorParameters<typeof RealDate>) {
    if (given.length === 0) super(RealDate.now() + shiftMs)
    else super(...(given as ConstructorParameters<typeof RealDate>))
  }

  static override now = () => RealDate.now() + shiftMs
}

globalThis.Date = ShiftedDate as DateConstructor
