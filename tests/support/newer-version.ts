/**
 * The migrate command of a version that is newer than this one by a migration: `bun tests/support/newer-version.ts
 * compatible|breaking`, with DATABASE_URL. Started as a process by tests of what happens while it rolls out.
 */
import { commandSettings } from '#core/config'
import { MIGRATIONS, migrate } from '#core/migrations'

const compatible = {
  name: '9998-a-gift-note',
  sql: `
    alter table orders add column gift_note text;
    create table gift_cards (id uuid primary key, code text not null unique)`,
}
const breaking = { name: '9999-without-gift-cards', sql: '-- breaking: the table goes\ndrop table gift_cards' }

const newer: Record<string, { name: string; sql: string }[]> = {
  compatible: [compatible],
  breaking: [compatible, breaking],
}

const applied = await migrate(commandSettings().databaseUrl!, [...MIGRATIONS, ...newer[process.argv[2] ?? '']!])
console.log(`Applied ${applied.join(', ')}.`)
