/** Numbers for people: RND-YYYYMMDD-XXXX. Pure. */

// Without I and O, which are read as 1 and 0.
const ALPHABET = '0123456789ABCDEFGHJKLMNPQRSTUVWXYZ'
const DIGITS = 4
/** Numbers a day before they repeat: 34^4. */
export const ORDER_NUMBERS_PER_DAY = ALPHABET.length ** DIGITS

// Both coprime to 34: a step through all residues, so that neighbours in the sequence look unrelated.
const FACTOR = 825_941
const OFFSET = 611_953

/** `sequence` from a counter that never gives the same twice; `day` as YYYY-MM-DD. */
export const orderNumber = (sequence: number, day: string): string => {
  let rest = Number((BigInt(sequence) * BigInt(FACTOR) + BigInt(OFFSET)) % BigInt(ORDER_NUMBERS_PER_DAY))
  let code = ''
  for (let i = 0; i < DIGITS; i++) {
    code = ALPHABET[rest % ALPHABET.length]! + code
    rest = Math.floor(rest / ALPHABET.length)
  }
  return `RND-${day.slice(0, 4)}${day.slice(5, 7)}${day.slice(8)}-${code}`
}
