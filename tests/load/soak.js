/** Hours of an even load: what grows, leaks or fills up shows late. */
import { tight } from './lib/settings.js'

export { default } from './api-full-scenario.js'

const DURATION = __ENV.DURATION || '4h'

export const options = {
  stages: [
    { duration: '5m', target: 15 },
    { duration: DURATION, target: 15 },
    { duration: '5m', target: 0 },
  ],
  thresholds: { ...tight, http_req_duration: ['p(95)<200'] },
}
