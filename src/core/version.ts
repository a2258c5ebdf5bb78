/** Of this software, as package.json says it too: a compiled executable has no package.json beside it. */
export const VERSION = '0.1.0'
