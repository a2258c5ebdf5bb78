/** Ever more a second until it breaks: where is the end? Stops when one in twenty requests fails or takes a second. */
export { default } from './api-full-scenario.js'

const PER_SECOND_MAX = Number(__ENV.PER_SECOND_MAX || 200)

export const options = {
  scenarios: {
    breakpoint: {
      executor: 'ramping-arrival-rate',
      startRate: 1,
      timeUnit: '1s',
      preAllocatedVUs: 50,
      maxVUs: 500,
      stages: [{ duration: '20m', target: PER_SECOND_MAX }],
    },
  },
  thresholds: {
    http_req_failed: [{ threshold: 'rate<0.05', abortOnFail: true, delayAbortEval: '10s' }],
    http_req_duration: [{ threshold: 'p(95)<1000', abortOnFail: true, delayAbortEval: '10s' }],
  },
}
