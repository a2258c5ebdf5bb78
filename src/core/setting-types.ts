import { z } from 'zod'

/** Kinds of settings: how the text of an environment variable is understood. */

export const Flag = z.enum(['on', 'off']).transform((value) => value === 'on')

export const Count = (min: number, max: number) => z.coerce.number().int().min(min).max(max)

export const List = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean),
)

/** Where something listens, without a slash at the end. */
export const ServiceUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''))

/** A key or token, which may hold no spaces: its text is in no message. */
export const Token = z.string().regex(/^\S+$/, 'must hold no spaces')

/** What a JSON text says; `wanted` describes it to who wrote something else. */
export const JsonText = (wanted: string) =>
  z.string().transform((text, context) => {
    try {
      return JSON.parse(text) as unknown
    } catch {
      context.addIssue({ code: 'custom', message: `must be ${wanted}` })
      return z.NEVER
    }
  })
