import type { z } from 'zod'
import { config, type ModuleName } from '#core/config'
import { log } from '#core/log'
import type { Problem } from '#core/problem'
import { remoteCaller } from '#core/remote-call'

/** What a module lets others ask of it by one name. Arguments and answer must be what JSON can carry. */
export type Method = {
  input: z.ZodTuple
  output: z.ZodType
  /** All attempts together take no longer. */
  deadlineMs: number
  /** A read may be asked again; a write only when it was never sent. */
  kind: 'read' | 'write'
}

export type Methods = Record<string, Method>

/** The functions that answer. */
export type Own<M extends Methods> = {
  [N in keyof M]: (...args: z.output<M[N]['input']>) => Promise<z.input<M[N]['output']>>
}

/** The functions that ask. */
export type Calls<M extends Methods> = {
  [N in keyof M]: (...args: z.output<M[N]['input']>) => Promise<z.output<M[N]['output']>>
}

/** Modules that may run apart from those that ask them. */
export type FaceName = Extract<ModuleName, 'dispatch' | 'routing'>

export type Face<M extends Methods = Methods> = {
  module: FaceName
  /** Who may ask over the wire. */
  callers: readonly ModuleName[]
  methods: M
  own: Own<M>
  calls: Calls<M>
}

/**
 * A module's face. Where the module runs in this process, or no URL says where else, a call is a function call; otherwise
 * it goes over HTTP. A problem that the other side throws is thrown here as that problem; one that does not answer, or
 * not in time, is a 503 `module-unavailable`.
 */
export const face = <const M extends Methods>(one: Omit<Face<M>, 'calls'>): Face<M> => {
  const remote = remoteCaller(one.module, one.methods)
  const calls = Object.entries(one.own).map(([name, run]) => [
    name,
    (...args: unknown[]) => {
      const url = remoteUrl(one.module)
      return url === undefined ? (run as Run)(...args) : remote(url, name, args)
    },
  ])
  return { ...one, calls: Object.fromEntries(calls) as Calls<M> }
}

type Run = (...args: unknown[]) => Promise<unknown>

/** Where a module is to be asked, or undefined when here. */
const remoteUrl = (module: FaceName): string | undefined => {
  const { MODULES, DISPATCH_URL, ROUTING_URL } = config()
  if (MODULES.includes(module)) return undefined
  return { dispatch: DISPATCH_URL, routing: ROUTING_URL }[module]
}

/** For what can be answered without the other module, if not as well: asks, and when it is away does the other thing. */
export const orWhenAway = async <T>(ask: Promise<T>, otherwise: () => T | Promise<T>): Promise<T> => {
  try {
    return await ask
  } catch (error) {
    if ((error as Problem).slug !== 'module-unavailable') throw error
    log.debug({ err: (error as Problem).detail }, 'answered without the other module')
    return otherwise()
  }
}
