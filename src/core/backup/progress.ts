/** One line on a terminal that is written over; nothing where nobody watches. */
const EVERY_MS = 200
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** 1536 -> "1.5 kB" (thousands are 1000). Pure. */
export const inBytes = (bytes: number): string => {
  const power = Math.min(UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`
}

export const inSeconds = (seconds: number): string => `${seconds.toFixed(1)} s`

export type Terminal = { isTTY?: boolean; write(text: string): unknown }

export const progressOn = (terminal: Terminal) => {
  const startedMs = performance.now()
  let shownMs = Number.NEGATIVE_INFINITY
  return {
    show: (text: () => string) => {
      if (!terminal.isTTY || performance.now() - shownMs < EVERY_MS) return
      shownMs = performance.now()
      terminal.write(`\r\x1b[K${text()}, ${inSeconds((shownMs - startedMs) / 1000)}`)
    },
    clear: () => {
      if (terminal.isTTY && shownMs > 0) terminal.write('\r\x1b[K')
    },
  }
}
