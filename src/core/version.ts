import { version } from '../../package.json'

/** Of this software, as a release calls it. */
export const VERSION: string = version
