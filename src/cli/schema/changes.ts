import type { Migration } from '#core/migrations'
import type { SchemaObject } from './catalog.ts'

/** What landed is never edited, renamed or removed, and what is new comes after it. Returns a sentence for each fault. */
export const historyFaults = (landed: readonly Migration[], changed: readonly Migration[]): string[] => {
  const now = new Map(changed.map(({ name, sql }) => [name, sql]))
  const known = new Set(landed.map(({ name }) => name))
  const last = landed.at(-1)?.name ?? ''
  return [
    ...landed.flatMap(({ name, sql }) => {
      if (!now.has(name)) return [`${name} has landed and is gone.`]
      return now.get(name) === sql ? [] : [`${name} has landed and was edited: undo that and add a new migration.`]
    }),
    ...changed
      .filter(({ name }) => !known.has(name) && name < last)
      .map(({ name }) => `${name} is new and sorts before ${last}, which has landed: give it the next number.`),
  ]
}

export type SchemaChanges = {
  added: SchemaObject[]
  gone: SchemaObject[]
  changed: { before: SchemaObject; after: SchemaObject }[]
}

export const schemaChanges = (before: readonly SchemaObject[], after: readonly SchemaObject[]): SchemaChanges => {
  const then = new Map(before.map((one) => [one.name, one]))
  const now = new Map(after.map((one) => [one.name, one]))
  return {
    added: after.filter(({ name }) => !then.has(name)),
    gone: before.filter(({ name }) => !now.has(name)),
    changed: after.flatMap((one) => {
      const earlier = then.get(one.name)
      return earlier && earlier.definition !== one.definition ? [{ before: earlier, after: one }] : []
    }),
  }
}

export const isSame = ({ added, gone, changed }: SchemaChanges) => added.length + gone.length + changed.length === 0

/** A comment that says why the version before can stand what a migration takes away, or that it cannot. */
const DECLARED = /^-- (contract|breaking): *\S/m

/**
 * What the version before, which runs on while this one rolls out, may stumble over: what is gone or became another, and a
 * column that its inserts leave empty. No fault when a new migration says `-- contract: why` or `-- breaking: why`.
 */
export const expansionFaults = (
  { added, gone, changed }: SchemaChanges,
  before: readonly SchemaObject[],
  fresh: readonly Migration[],
): string[] => {
  if (fresh.some(({ sql }) => DECLARED.test(sql))) return []
  const tables = new Set(
    before.filter(({ name }) => name.startsWith('table ')).map(({ name }) => name.slice('table '.length)),
  )
  const isOfOldTable = (name: string) => tables.has(/^\w+ (.+)\.[^.]+$/.exec(name)?.[1] ?? '')
  return [
    ...gone.map(({ name }) => `${name} is gone`),
    ...changed
      .filter(({ after }) => /^(column|type|view) /.test(after.name))
      .map(({ before: { name, definition }, after }) => `${name} was "${definition}" and is "${after.definition}"`),
    ...added
      .filter(({ name, definition }) => name.startsWith('column ') && isOfOldTable(name) && isMandatory(definition))
      .map(({ name }) => `${name} is new and must be filled by every insert`),
  ].map(
    (what) =>
      `${what}: say in the migration why the version before can stand that (-- contract: why), or that it cannot (-- breaking: why).`,
  )
}

const isMandatory = (definition: string) =>
  / not null\b/.test(definition) && !/ (default|generated) /.test(`${definition} `)
