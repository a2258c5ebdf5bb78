/** A quiet hour, then everybody at once for half a minute, then quiet again: does it come back by itself? */
import { tight } from './lib/settings.js'

export { default } from './api-full-scenario.js'

export const options = {
  stages: [
    { duration: '1m', target: 5 },
    { duration: '10s', target: 150 },
    { duration: '30s', target: 150 },
    { duration: '10s', target: 5 },
    { duration: '2m', target: 5 },
    { duration: '10s', target: 0 },
  ],
  thresholds: { ...tight, http_req_duration: ['p(95)<1500'] },
}
