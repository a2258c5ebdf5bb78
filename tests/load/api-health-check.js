/** Is it up, and how does it answer while ever more ask: 5, 10, 50, 100, 50, 0 users in about seven minutes. */
import { ask, pause } from './lib/api.js'
import { tight } from './lib/settings.js'

export const options = {
  stages: [
    { duration: '1m', target: 5 },
    { duration: '1m', target: 10 },
    { duration: '1m30s', target: 50 },
    { duration: '1m30s', target: 100 },
    { duration: '1m', target: 50 },
    { duration: '1m', target: 0 },
  ],
  thresholds: { ...tight, http_req_duration: ['p(95)<50', 'p(99)<200'] },
}

export default async function () {
  await ask('GET', '/health')
  await ask('GET', '/health/live')
  await ask('GET', '/health/ready')
  await pause(1)
}
