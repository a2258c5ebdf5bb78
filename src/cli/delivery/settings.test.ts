import { expect, test } from 'bun:test'
import { Glob } from 'bun'
import { parseConfig, SETTING_NAMES } from '#core/config'
import { readSettings, settingsTable, withSettings } from './settings.ts'

const documented = readSettings(await Bun.file('.env.example').text())
const names = documented.map(({ name }) => name)

test('a setting has a section, a name, a default and words, on one line or more', () => {
  const text =
    '# --- stores\n# A_URL=   where | <it> is\n#            and how\n# A_MAX=16\n# A_NAME=Me <me@here>    who\n'
  const settings = readSettings(text)
  expect(settings).toEqual([
    { section: 'stores', name: 'A_URL', default: '', says: 'where | <it> is and how' },
    { section: 'stores', name: 'A_MAX', default: '16', says: '' },
    { section: 'stores', name: 'A_NAME', default: 'Me <me@here>', says: 'who' },
  ])
  expect(settingsTable(settings)).toContain(
    '| `A_URL` |  | where \\| &lt;it> is and how |\n| `A_MAX` | `16` | stores |',
  )
})

test('every setting of the server is documented once, and none that nothing reads', async () => {
  expect(new Set(names).size).toBe(names.length)
  expect(SETTING_NAMES.filter((name) => !names.includes(name))).toEqual([])
  const others = names.filter((name) => !SETTING_NAMES.includes(name))
  const sources = await Promise.all(
    [...new Glob('src/**/*.ts').scanSync('.')]
      .filter((path) => !path.endsWith('.test.ts'))
      .map((path) => Bun.file(path).text()),
  )
  expect(others.filter((name) => !sources.some((text) => new RegExp(`\\b${name}\\b`).test(text)))).toEqual([])
})

test('the documented defaults are those of the server', () => {
  const server = parseConfig({ NODE_ENV: 'development' }) as Record<string, unknown>
  const written = (value: unknown) => {
    if (typeof value === 'boolean') return value ? 'on' : 'off'
    if (Array.isArray(value)) return value.join(',')
    return typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  /** By NODE_ENV, or in other words. */
  const dependent = ['NODE_ENV', 'RATE_LIMITS', 'OSRM_PROFILES']
  const wrong = documented
    .filter(({ name }) => SETTING_NAMES.includes(name) && !dependent.includes(name))
    .filter((one) => {
      const value = server[one.name]
      const isEmpty = value === undefined || written(value) === '' || (written(value) === '{}' && one.default === '')
      return one.default !== (isEmpty ? '' : written(value))
    })
    .map((one) => `${one.name}: ${one.default} is documented, ${written(server[one.name])} is the default`)
  expect(wrong).toEqual([])
})

test('the table of docs/deployment.md is that of .env.example: bun run docs', async () => {
  const page = await Bun.file('docs/deployment.md').text()
  expect(page).toBe(withSettings(page, settingsTable(documented)))
  expect(() => withSettings('nothing', '')).toThrow('has no')
})
