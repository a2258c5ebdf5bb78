import { z } from 'zod'
import { Problem } from '#core/problem'

export const PAGE_SIZE_DEFAULT = 20
export const PAGE_SIZE_MAX = 100
const CURSOR_LENGTH_MAX = 512

/** The query of every list: `limit` and the opaque `cursor` of the page before. */
export const PageQuery = {
  limit: z.coerce.number().int().min(1).max(PAGE_SIZE_MAX).default(PAGE_SIZE_DEFAULT),
  cursor: z.string().max(CURSOR_LENGTH_MAX).optional(),
}

export const pageOf = <T extends z.ZodType>(item: T) => {
  const data = (item.meta()?.examples ?? []) as never
  return z
    .object({ data: z.array(item), nextCursor: z.string().nullable() })
    .meta({ examples: [{ data, nextCursor: null }] })
}

export type Page<T> = { data: T[]; nextCursor: string | null }

export const encodeCursor = (key: unknown): string => Buffer.from(JSON.stringify(key)).toString('base64url')

/** Reads a cursor that we made. Throws a 400 problem on any other text. */
export const decodeCursor = <T extends z.ZodType>(cursor: string | undefined, schema: T): z.output<T> | undefined => {
  if (cursor === undefined) return undefined
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw new Problem(400, 'malformed-cursor', 'The cursor is not one that this list gave out.')
  }
}

/** Cuts a page out of rows that were read one past the limit. */
export const pageFrom = <T>(rows: readonly T[], limit: number, keyOf: (row: T) => unknown): Page<T> => {
  const data = rows.slice(0, limit)
  const last = data.at(-1)
  return { data, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(keyOf(last)) : null }
}
