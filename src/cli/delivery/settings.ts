/** A setting as .env.example documents it. `default` is empty where there is none. */
export type Setting = { section: string; name: string; default: string; says: string }

const SECTION = /^# --- (.+)$/
const SETTING = /^# ([A-Z][A-Z0-9_]*)=(.*)$/
const CONTINUED = /^# {8,}(\S.*)$/

/** The settings of .env.example, in its order. Between a value and what is said of it are at least two spaces. */
export const readSettings = (text: string): Setting[] => {
  const settings: Setting[] = []
  let section = ''
  for (const line of text.split('\n')) {
    const [, heading] = SECTION.exec(line) ?? []
    const [, name, rest = ''] = SETTING.exec(line) ?? []
    const [, more] = CONTINUED.exec(line) ?? []
    if (heading) section = heading
    else if (name) {
      const [value = '', ...says] = rest.split(/ {2,}/)
      settings.push({ section, name, default: value.trim(), says: says.join(' ').trim() })
    } else if (more && settings.length > 0) settings.at(-1)!.says += ` ${more}`
  }
  return settings
}

/** A cell of a table: no character that would end it, or that Markdown takes for a tag. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
const code = (text: string) => (text ? `\`${text}\`` : '')

export const settingsTable = (settings: readonly Setting[]): string =>
  [
    '| setting | default | for |',
    '| --- | --- | --- |',
    ...settings.map((one) => `| ${code(one.name)} | ${code(one.default)} | ${cell(one.says || one.section)} |`),
  ].join('\n')

export const BEGIN = '<!-- settings: bun run docs -->'
export const END = '<!-- /settings -->'

/** A page with the table between its marks replaced. Throws an Error when it has no marks. */
export const withSettings = (page: string, table: string): string => {
  const from = page.indexOf(BEGIN)
  const to = page.indexOf(END)
  if (from < 0 || to < from) throw new Error(`The page has no ${BEGIN} ... ${END}.`)
  return `${page.slice(0, from + BEGIN.length)}\n${table}\n${page.slice(to)}`
}
