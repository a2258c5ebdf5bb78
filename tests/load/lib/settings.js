/** What a run may change, by environment: `k6 run -e BASE_URL=... tests/load/api-full-scenario.js`. */

export const baseUrl = (__ENV.BASE_URL || 'http://localhost:9001').replace(/\/$/, '')

/** Accounts of the demo city. A test environment without it sets its own. */
export const password = __ENV.PASSWORD || 'Password123!'
export const customers = (__ENV.CUSTOMERS || 'customer1@test.com,customer2@test.com,customer3@test.com').split(',')
export const adminEmail = __ENV.ADMIN || 'admin@test.com'

/** The middle of the demo city. */
export const center = { lat: Number(__ENV.LAT || 57.7012), lng: Number(__ENV.LNG || 11.9692) }

/** What we hold ourselves to; the usual limits of such tests are 500 ms and 1 %. */
export const tight = {
  http_req_failed: ['rate<0.001'],
  checks: ['rate>0.999'],
}
