/** The people of the benchmark: registered over the public API, as anyone would be. */
import { z } from 'zod'

export const CUSTOMER_COUNT = 50
export const PASSWORD = 'a password of the bench'

export type Customer = { email: string; token: string }

const Session = z.object({ accessToken: z.string() })

export const registerCustomers = (url: string): Promise<Customer[]> =>
  Promise.all(Array.from({ length: CUSTOMER_COUNT }, (_, index) => register(url, index)))

const register = async (url: string, index: number): Promise<Customer> => {
  const email = `bench-${process.pid}-${index}-${Bun.randomUUIDv7('base64url').toLowerCase()}@example.com`
  const body = { email, password: PASSWORD, firstName: 'Bench', lastName: `Number ${index}`, role: 'customer' }
  const answer = await post(`${url}/auth/register`, body)
  if (answer.status !== 201) throw new Error(`registering answered ${answer.status}: ${await answer.text()}`)
  return { email, token: Session.parse(await answer.json()).accessToken }
}

export const logIn = (url: string, { email }: Customer): Promise<Response> =>
  post(`${url}/auth/login`, { email, password: PASSWORD })

const post = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
