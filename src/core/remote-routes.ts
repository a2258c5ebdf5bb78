import { Elysia } from 'elysia'
import { z } from 'zod'
import type { ModuleName } from '#core/config'
import { Problem } from '#core/problem'
import type { Face, Method, Methods } from '#core/remote'
import { verifyServiceToken } from '#core/service-tokens'

/** The paths where a face is asked by other processes of ours: not in the API document, and for service credentials only. */
export const faceRoutes = <M extends Methods>({ module, callers, methods, own }: Face<M>) => {
  const routes = new Elysia({ name: `face-${module}`, prefix: `/internal/${module}`, detail: { hide: true } }).derive(
    // Local: a scoped one would ask the public routes that are mounted after these for service credentials too.
    async ({ headers }) => {
      assertMayCall(await verifyServiceToken(headers.authorization), callers)
    },
  )
  for (const [name, method] of Object.entries<Method>(methods)) {
    const run = own[name]! as unknown as (...args: unknown[]) => Promise<unknown>
    routes.post(`/${name}`, async ({ body }) => method.output.parse(await run(...argumentsOf(method, body))))
  }
  return routes
}

const assertMayCall = (modules: readonly ModuleName[], callers: readonly ModuleName[]) => {
  if (!modules.some((one) => callers.includes(one)))
    throw new Problem(403, 'service-not-allowed', 'That module does not call this one.')
}

/** Two versions of ours that do not fit each other. */
const argumentsOf = ({ input }: Method, body: unknown): readonly unknown[] => {
  const parsed = input.safeParse(body)
  if (!parsed.success) throw new Problem(400, 'face-mismatch', z.prettifyError(parsed.error))
  return parsed.data
}
