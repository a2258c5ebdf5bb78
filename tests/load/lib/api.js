import { check } from 'k6'
import http from 'k6/http'
import { setTimeout } from 'k6/timers'
import { baseUrl } from './settings.js'

/**
 * One request. `name` is the route it is counted under, `expected` the statuses that are no failure.
 * @param {'GET' | 'POST' | 'PATCH'} method
 * @param {string} path
 * @param {{ token?: string, body?: object, name?: string, expected?: number[], key?: string }} [options]
 */
export const ask = async (method, path, { token, body, name = path, expected = [200], key } = {}) => {
  /** @type {Record<string, string>} */
  const headers = {}
  if (token) headers.authorization = `Bearer ${token}`
  if (key) headers['idempotency-key'] = key
  if (body) headers['content-type'] = 'application/json'
  const response = await http.asyncRequest(method, `${baseUrl}${path}`, body ? JSON.stringify(body) : null, {
    headers,
    tags: { name: `${method} ${name}` },
    responseCallback: http.expectedStatuses(...expected),
  })
  check(response, { [`${method} ${name}: ${expected.join(' or ')}`]: ({ status }) => expected.includes(status) })
  return response
}

/**
 * The body of an answer; undefined when it is not what was hoped for.
 * @param {{ status: number, json(): unknown }} response
 * @returns {any}
 */
export const bodyOf = (response) => (response.status >= 200 && response.status < 300 ? response.json() : undefined)

/** @param {number} seconds */
export const pause = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000))
